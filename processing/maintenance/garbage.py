"""Deletes stored files that no row refers to, which a process leaves behind if it is killed at the wrong moment."""

from __future__ import annotations

import logging

from db.models import Document
from db.operations.upkeep import garbage
from db.states import UNFINISHED
from processing.services import Services
from storage.keys import PROBES, attempt_prefix, document_prefix, is_part, parse_key, parts_prefix

log = logging.getLogger(__name__)


class GarbageCollector:
    """Deletes files that two collections in a row find without a row.

    An upload stores the file before the row, so a file without a row may be a new one.
    """

    def __init__(self) -> None:
        self._suspects: set[str] = set()
        self._probes: set[str] = set()

    def collect(self, services: Services) -> None:
        """Make one collection. The next must be minutes later, because an upload may take so long to commit its row."""
        unreferenced = list_unreferenced(services)
        for prefix in unreferenced & self._suspects:
            services.storage.delete_tree(prefix)
            log.warning("unreferenced_files_deleted", extra={"prefix": prefix})
        self._suspects = unreferenced - self._suspects
        probes = set(services.storage.list_keys(PROBES))
        for key in probes & self._probes:
            services.storage.delete_file(key)
        self._probes = probes


def list_unreferenced(services: Services) -> set[str]:
    """Return the key prefixes of documents without a row, and of files of ended documents that are not in use.

    The latter are attempts, and the parts of vectors.
    """
    keys = {key: found for key in services.storage.list_keys("tenants/") if (found := parse_key(key))}
    stored, with_parts = set(keys.values()), {found[:2] for key, found in keys.items() if is_part(key)}
    with services.database.upkeep(reading=True) as session:
        rows = garbage.list_existing(session, {document_id for _, document_id, _ in stored})
    by_id = {(row.tenant_id, row.id): row for row in rows}
    unreferenced = set()
    for tenant_id, document_id, fencing_token in stored:
        row = by_id.get((tenant_id, document_id))
        if row is None:
            unreferenced.add(document_prefix(tenant_id, document_id))
        elif fencing_token is not None and is_left_over(row, fencing_token):
            unreferenced.add(attempt_prefix(tenant_id, document_id, fencing_token))
        elif row.state not in UNFINISHED and (tenant_id, document_id) in with_parts:
            unreferenced.add(parts_prefix(tenant_id, document_id))
    return unreferenced


def is_left_over(row: Document, fencing_token: int) -> bool:
    """Return True if the document has ended and uses neither the passages nor the archive of this attempt."""
    return row.state not in UNFINISHED and fencing_token not in (row.words_version, row.archive_version)
