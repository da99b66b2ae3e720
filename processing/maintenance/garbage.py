"""Deletes stored files that no row refers to, which a process leaves behind if it is killed at the wrong moment."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, islice

from db.models import Document
from db.operations.upkeep import garbage, leases
from db.states import UNFINISHED
from processing.runtime.leases import name_worker
from processing.services import Services
from storage.keys import PROBES, attempt_prefix, document_prefix, is_part, parse_key, parts_prefix

# The process that collects goes on to do so. Another one takes over when it has not collected for so long.
COLLECTOR_SILENT = timedelta(minutes=25)
# Documents whose files are compared with their rows at a time.
PAGE = 500
# Prefixes remembered from one collection to the next. Further ones are found again later.
MOST_SUSPECTS = 100_000
LEASE = "collect_garbage"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredDocument:
    """The files of one document: the fencing tokens of its attempts, and whether there are parts of vectors."""

    tenant_id: int
    id: str
    tokens: frozenset[int]
    has_parts: bool


class GarbageCollector:
    """Deletes files that two collections in a row find without a row. One process at a time collects.

    An upload stores the file before the row, so a file without a row may be a new one.
    """

    def __init__(self) -> None:
        self._suspects: set[str] = set()
        self._probes: set[str] = set()

    def collect(self, services: Services) -> None:
        """Make one collection, unless another process does so.

        The next must be minutes later, because an upload may take so long to commit its row.
        """
        if not is_collector(services):
            self._forget()
            return
        suspects: set[str] = set()
        for page in iterate_unreferenced(services):
            if not is_collector(services):
                self._forget()
                return
            for prefix in page:
                self._delete_or_remember(services, prefix, suspects)
        self._suspects = suspects
        probes = set(services.storage.list_keys(PROBES))
        for key in probes & self._probes:
            services.storage.delete_file(key)
        self._probes = probes

    def _forget(self) -> None:
        self._suspects, self._probes = set(), set()

    def _delete_or_remember(self, services: Services, prefix: str, suspects: set[str]) -> None:
        if prefix in self._suspects:
            services.storage.delete_tree(prefix)
            log.warning("unreferenced_files_deleted", extra={"prefix": prefix})
        elif len(suspects) < MOST_SUSPECTS:
            suspects.add(prefix)


def is_collector(services: Services) -> bool:
    """Return True if this process is the one that collects, and renew its lease then."""
    now = services.clock()
    with services.database.upkeep() as session:
        return leases.hold_lease(session, LEASE, name_worker(os.getpid()), now, now + COLLECTOR_SILENT)


def iterate_unreferenced(services: Services) -> Iterator[list[str]]:
    """Yield the key prefixes of documents without a row, and of attempts at ended documents that are not in use.

    Each list has those of ``PAGE`` documents.
    """
    stored = iterate_stored(services)
    while page := list(islice(stored, PAGE)):
        with services.database.upkeep(reading=True) as session:
            rows = garbage.list_existing(session, {stored.id for stored in page})
        by_id = {(row.tenant_id, row.id): row for row in rows}
        yield [prefix for found in page for prefix in list_prefixes(found, by_id.get((found.tenant_id, found.id)))]


def iterate_stored(services: Services) -> Iterator[StoredDocument]:
    """Yield the documents that have files in the storage."""
    keys = services.storage.list_keys("tenants/")
    parsed = ((*parts, is_part(key)) for key in keys if (parts := parse_key(key)))
    for (tenant_id, document_id), group in groupby(parsed, key=lambda file: file[:2]):
        files = list(group)
        tokens = frozenset(token for *_, token, _ in files if token is not None)
        yield StoredDocument(tenant_id, document_id, tokens, any(part for *_, part in files))


def list_prefixes(stored: StoredDocument, row: Document | None) -> list[str]:
    """Return the prefixes of a stored document to which its row, None if there is none, does not refer."""
    tenant_id, document_id = stored.tenant_id, stored.id
    if row is None:
        return [document_prefix(tenant_id, document_id)]
    left = [token for token in sorted(stored.tokens) if is_left_over(row, token)]
    parts = [parts_prefix(tenant_id, document_id)] if stored.has_parts and row.state not in UNFINISHED else []
    return [*(attempt_prefix(tenant_id, document_id, token) for token in left), *parts]


def is_left_over(row: Document, fencing_token: int) -> bool:
    """Return True if the document has ended and uses neither the passages nor the archive of this attempt."""
    return row.state not in UNFINISHED and fencing_token not in (row.words_version, row.archive_version)
