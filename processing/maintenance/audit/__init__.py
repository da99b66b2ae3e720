"""Audits the whole system: database, storage and queue agree, every outcome is delivered, nothing is left over."""

from processing.maintenance.audit.findings import list_findings

__all__ = ["list_findings"]
