"""The space that a document takes: reserved before the work and measured after it, within the quota of its owner."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from db.models import Document
from db.operations import claims, documents, tenants
from db.operations.upkeep import sizes
from processing.documents.limits import check_space
from processing.ports import Embedder
from processing.runtime.retry import retry_transient
from processing.services import Services, WorkerServices
from processing.types import Passage
from settings import REMOTE_EMBEDDINGS
from storage.keys import ARCHIVE_FILES, attempt_prefix, index_key, original_key, passages_key

# In bytes, for a document: the heads of its files.
DOCUMENT_BYTES = 20_000
# In bytes, for a passage: its frame and its entries in the indexes, besides what grows with the text.
PASSAGE_BYTES = 1500
# The bytes that are stored for a byte of text: film, passages, word index and memvid's index together.
BYTES_FOR_TEXT = 12
VECTOR_ELEMENT_BYTES = 4
# A server does not say how long its vectors are before it has made one; the longest common ones have so many elements.
REMOTE_DIMENSION = 3072
MEASURED_AT_ONCE = 20


def hold_to_quota(services: Services, session: Session, tenant_id: int, needed: int) -> None:
    """Raise ``UserMistake("over_quota")`` if the tenant's documents take more than the quota.

    Called in the transaction that has written ``needed`` bytes for one of them. The tenant is locked until it ends, so
    of two documents that come at the same time the second sees the first.
    """
    tenants.lock_tenant(session, tenant_id)
    others = documents.get_used_bytes(session, tenant_id) - needed
    check_space(needed, services.settings.quota_bytes - others)


def reserve_for_passages(services: WorkerServices, document: Document, passages: Sequence[Passage]) -> None:
    """Reserve what a document in work will take, now that its passages are known.

    Raise ``UserMistake("over_quota")`` if that is not free, or ``LeaseLost``.
    """
    needed = document.size_bytes + estimate_made(passages, services.embedder)

    def write() -> None:
        with services.database.tenant(document.tenant_id) as session:
            claims.write_claimed(
                session, document.tenant_id, Document, document.id, document.fencing_token, stored_bytes=needed
            )
            hold_to_quota(services, session, document.tenant_id, needed)

    retry_transient(write)
    document.stored_bytes = needed


def estimate_made(passages: Sequence[Passage], embedder: Embedder) -> int:
    """Return the most bytes that the work stores for the passages: a little more than what real documents take."""
    dimension = REMOTE_DIMENSION if embedder.model.startswith(REMOTE_EMBEDDINGS) else embedder.dimension
    text = sum(len(passage.text.encode()) for passage in passages)
    # Vectors are stored twice: in parts while they are made, and in the archive.
    vector = 2 * dimension * VECTOR_ELEMENT_BYTES
    return DOCUMENT_BYTES + len(passages) * (PASSAGE_BYTES + vector) + text * BYTES_FOR_TEXT


def measure_stored(services: Services, document: Document) -> int:
    """Return the bytes of all stored files that the row refers to."""
    return sum(services.storage.get_size(key) for key in list_keys(document))


def list_keys(document: Document) -> list[str]:
    """Return the keys of the files that the row refers to."""
    tenant_id, keys = document.tenant_id, [original_key(document.tenant_id, document.id)]
    if document.words_version is not None:
        keys.append(passages_key(tenant_id, document.id, document.words_version))
        keys.append(index_key(tenant_id, document.id, document.words_version))
    if document.archive_version is not None:
        prefix = attempt_prefix(tenant_id, document.id, document.archive_version)
        keys += (prefix + file for file in ARCHIVE_FILES)
    return keys


def measure_unmeasured(services: Services, after: str = "") -> str | None:
    """Measure some documents of earlier versions and write their sizes, in the order of their ids.

    Begin after the id ``after``. Return the last id, or None if there are no more.
    """
    with services.database.upkeep(reading=True) as session:
        rows = sizes.list_unmeasured(session, after, MEASURED_AT_ONCE)
    for row in rows:
        stored = measure_stored(services, row)
        with services.database.upkeep() as session:
            sizes.write_measured(session, row.id, stored)
    return rows[-1].id if rows else None
