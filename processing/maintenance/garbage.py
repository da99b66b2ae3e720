"""Deletes stored files that no row refers to, as a process leaves them that is killed at the wrong moment."""

from __future__ import annotations

import logging

from db.models import Document
from db.operations.upkeep import garbage
from db.states import UNFINISHED
from processing.services import Services
from storage.keys import PROBES, attempt_prefix, document_prefix, find_owner

log = logging.getLogger(__name__)


class GarbageCollector:
    """Deletes what two collections in a row find without a row; an upload has its row by then."""

    def __init__(self) -> None:
        self._suspects: set[str] = set()
        self._probes: set[str] = set()

    def collect(self, services: Services) -> None:
        """Make one collection; minutes must pass between two."""
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
    """Prefixes of documents without a row, and of attempts of ended documents whose files are not in use."""
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
