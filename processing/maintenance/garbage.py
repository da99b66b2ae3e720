"""Files that no row names, as a process killed at the wrong moment leaves them, are deleted at second sight."""

from __future__ import annotations

import logging

from db.models import UNFINISHED, Document
from db.operations.upkeep import garbage
from processing.services import Services
from storage.keys import PROBES, attempt_prefix, document_prefix, find_owner

log = logging.getLogger(__name__)


class GarbageCollector:
    """What no row names at one look and none at the next goes: an upload has its row in between."""

    def __init__(self) -> None:
        self._suspects: set[str] = set()
        self._probes: set[str] = set()

    def look(self, services: Services) -> None:
        """Minutes must pass between two looks."""
        orphans = list_orphans(services)
        for prefix in orphans & self._suspects:
            services.storage.delete_tree(prefix)
            log.warning("orphan_deleted", extra={"prefix": prefix})
        self._suspects = orphans - self._suspects
        probes = set(services.storage.list_keys(PROBES))
        for key in probes & self._probes:
            services.storage.delete_file(key)
        self._probes = probes


def list_orphans(services: Services) -> set[str]:
    """Prefixes of documents without a row, and of attempts of ended documents that their rows do not name."""
    owners = {owner for key in services.storage.list_keys("tenants/") if (owner := find_owner(key))}
    with services.database.upkeep(reading=True) as session:
        rows = garbage.list_existing(session, {document_id for _, document_id, _ in owners})
    by_id = {(row.tenant_id, row.id): row for row in rows}
    orphans = set()
    for tenant_id, document_id, fencing_token in owners:
        row = by_id.get((tenant_id, document_id))
        if row is None:
            orphans.add(document_prefix(tenant_id, document_id))
        elif fencing_token is not None and is_left_over(row, fencing_token):
            orphans.add(attempt_prefix(tenant_id, document_id, fencing_token))
    return orphans


def is_left_over(row: Document, fencing_token: int) -> bool:
    return row.state not in UNFINISHED and fencing_token not in (row.words_version, row.archive_version)
