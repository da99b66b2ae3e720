"""Audits the whole system: whether database, storage and queue agree, outcomes are delivered, nothing is left over."""

from processing.maintenance.audit.findings import confirm_findings, list_findings

__all__ = ["confirm_findings", "list_findings"]
