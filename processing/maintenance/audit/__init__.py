"""The house in order: database, storage and queue agree, everybody is told, nothing is left over."""

from processing.maintenance.audit.findings import list_findings

__all__ = ["list_findings"]
