"""Audits the whole system: whether database, storage and queue agree, outcomes are delivered, nothing is left over."""

from processing.maintenance.audit.findings import list_findings

__all__ = ["list_findings"]
