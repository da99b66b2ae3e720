"""Compares the stored files of a document with its row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from db.models import Document
from db.states import UNFINISHED, State
from processing.documents.space import measure_stored
from processing.services import Services
from storage.keys import ARCHIVE_FILES, INDEX, PASSAGES, attempt_prefix, index_key, original_key, passages_key


def audit_files(services: Services, row: Document) -> Iterator[str]:
    """Yield a finding for each file of the row that is missing or has another hash than the row says."""
    yield from audit_file(services, row.id, original_key(row.tenant_id, row.id), row.sha256)
    if row.words_version is not None:
        for name, make_key in ((PASSAGES, passages_key), (INDEX, index_key)):
            # Documents of earlier versions have no hashes of these files.
            key = make_key(row.tenant_id, row.id, row.words_version)
            yield from audit_file(services, row.id, key, row.hashes.get(name))
    if row.state == State.READY and row.archive_version is None:
        yield f"document {row.id}: ready without an archive"
    if row.archive_version is not None:
        for name in ARCHIVE_FILES:
            key = attempt_prefix(row.tenant_id, row.id, row.archive_version) + name
            yield from audit_file(services, row.id, key, row.hashes.get(name, ""))


def audit_file(services: Services, document_id: str, key: str, sha256: str | None) -> Iterator[str]:
    """Yield a finding if the file is missing or, unless ``sha256`` is None, has another hash."""
    name = key.rpartition("/")[2]
    if not services.storage.exists(key):
        yield f"document {document_id}: {name} is missing"
    elif sha256 is not None and hash_stored(services, key) != sha256:
        yield f"document {document_id}: {name} is not what was written"


def hash_stored(services: Services, key: str) -> str:
    """Return the SHA-256 of a stored file in hexadecimal."""
    with services.storage.local_copy(key) as path, path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def audit_size(services: Services, row: Document) -> Iterator[str]:
    """Yield a finding if the storage holds more or less of an ended document than its row counts.

    While a document is in work its row says what is reserved. One of an earlier version may not be measured yet.
    """
    if row.state in UNFINISHED or row.stored_bytes is None:
        return
    found = measure_stored(services, row)
    if row.stored_bytes != found:
        yield f"document {row.id}: its row counts {row.stored_bytes} bytes, the storage holds {found}"
