"""Makes the archive of a finished document anew when another embedding model is in use.

Until then the document is found by its words. Its passages stay as they are, so citations stay valid.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from db.models import Document, Task
from db.operations import documents, sketches
from db.operations.documents import SomeDocument
from db.states import Queue, State
from errors import QueueUnavailable
from processing.documents.job import drop_tree, drop_unused
from processing.documents.space import measure_stored
from processing.documents.turns import Turn
from processing.jobs import tasks
from processing.jobs.kind import Ending, TaskKind, check_wanted
from processing.jobs.tasks import TaskRequest
from processing.runtime.leases import Lease
from processing.runtime.retry import retry_transient
from processing.services import Services, WorkerServices
from storage.keys import ARCHIVE_FILES, attempt_prefix, vectors_prefix

# Documents for which one question asks at most. The next question asks for the others.
MOST_AT_ONCE = 20
log = logging.getLogger(__name__)


class RenewalJob(TaskKind):
    """Renews one document, whose id is ``subject``. Nobody is told: the document is usable before and after it."""

    name = "renewal"
    queue = Queue.DOCUMENTS
    one_per_tenant = True

    def perform(self, services: WorkerServices, row: Task, lease: Lease) -> Mapping[str, object]:
        with services.database.tenant(row.tenant_id, reading=True) as session:
            document = documents.find_document(session, row.tenant_id, row.subject)
        if document is not None and is_outdated(document, services.embedder.model):
            renew(services, row, lease, document)
        return {}

    def is_announced(self, ending: Ending) -> bool:
        return False


RENEWAL_JOB = RenewalJob()


def is_outdated(document: SomeDocument, model: str) -> bool:
    """Return whether the document is finished and has vectors of another model."""
    return (
        document.state == State.READY and document.archive_version is not None and document.model not in (None, model)
    )


def request_renewals(services: WorkerServices, tenant_id: int, chat_id: int, asked: Sequence[SomeDocument]) -> None:
    """Queue the renewal of outdated documents, once for each document and model."""
    model = services.embedder.model
    for document in [each for each in asked if is_outdated(each, model)][:MOST_AT_ONCE]:
        request_renewal(services, tenant_id, chat_id, document, model)


def request_renewal(services: Services, tenant_id: int, chat_id: int, document: SomeDocument, model: str) -> None:
    """Queue the renewal of one document. It is queued as well if no worker could be woken."""
    with suppress(QueueUnavailable):
        origin = f"{document.id}/{document.archive_version}/{model}"
        tasks.request(services, tenant_id, RENEWAL_JOB, TaskRequest(document.id, chat_id, None, origin))


def renew(services: WorkerServices, row: Task, lease: Lease, document: Document) -> None:
    """Store a new archive beside the old one, put it into use, and delete the old one."""
    # Imported here because the bot imports this module and must not load the libraries that embed.
    from processing.archive import build_archive, read_vectors
    from processing.archive.vectors import VectorParts, name_vectors
    from processing.documents.ingest import open_scratch_directory, read_words
    from processing.retrieval.corpus.sketch import sketch_meaning
    from processing.retrieval.index_cache import VECTORS

    turn = Turn(services, document)

    def go_on(_stage: str, _done: int, _total: int | None) -> None:
        check_wanted(services, row, lease)
        turn.check()

    passages = read_words(services, document)
    if passages is None:
        return
    vectors = vectors_prefix(document.tenant_id, document.id, name_vectors(passages, services.embedder))
    with open_scratch_directory(services, document) as folder:
        facts = build_archive(
            passages,
            folder,
            name=document.name,
            embedder=services.embedder,
            on_progress=go_on,
            parts=VectorParts(services.storage, vectors, folder),
        )
        version = retry_transient(partial(take_version, services, document))
        if version is None:
            return
        for file in ARCHIVE_FILES:
            services.storage.save_file(attempt_prefix(document.tenant_id, document.id, version) + file, folder / file)
        meaning = sketch_meaning(read_vectors(folder / VECTORS))
    document.fencing_token = document.archive_version = version
    document.model, document.hashes = facts.model, document.hashes | facts.sha256
    if retry_transient(partial(publish, services, document, meaning)):
        drop_unused(services, document)
    else:
        drop_tree(services, attempt_prefix(document.tenant_id, document.id, version))


def take_version(services: WorkerServices, document: Document) -> int | None:
    """Return a new fencing token of the document, or None if it was deleted or is in work again."""
    with services.database.tenant(document.tenant_id) as session:
        return documents.take_version(session, document.tenant_id, document.id)


def publish(services: WorkerServices, document: Document, meaning: bytes) -> bool:
    """Put the new archive into use, unless the document was deleted or is in work again since ``take_version``."""
    values = {
        "archive_version": document.archive_version,
        "model": document.model,
        "hashes": document.hashes,
        "stored_bytes": measure_stored(services, document),
    }
    with services.database.tenant(document.tenant_id) as session:
        if not documents.replace_archive(session, document.tenant_id, document.id, document.fencing_token, values):
            return False
        words, version = document.words_version or 0, document.fencing_token
        sketches.put_meaning(session, document.tenant_id, document.id, words, version, meaning)
        return True
