"""From a queued document to its archive: claim, read, cut, build, publish; and every way this can end."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from db.models import CANCELLED, FAILED, READY, Document
from db.operations import claims, documents, tenants
from db.operations.upkeep import stats, work_queue
from errors import (
    Cancelled,
    LeaseLost,
    SocrateError,
    StorageUnavailable,
    TransientFailure,
    UserMistake,
    WorkerStopping,
)
from processing.archive import build_archive
from processing.chunking.chunk import cut_for
from processing.documents.files import drop_tree
from processing.documents.names import clean_name
from processing.documents.progress import ProgressReport
from processing.formats.detect_language import ARCHIVE
from processing.jobs.backoff import MAX_ATTEMPTS, get_pause, is_last_attempt
from processing.jobs.leases import LEASE
from processing.jobs.retry import retry_transient
from processing.notifications import outbox
from processing.ports import Embedder, ReadPages
from processing.retrieval.index_file import write_index
from processing.retrieval.lexical import build_lexical
from processing.retrieval.passage_file import write_passages
from processing.services import WorkerServices
from processing.types import Page, Passage
from storage.keys import (
    ARCHIVE_FILES,
    INDEX,
    PASSAGES,
    attempt_prefix,
    attempts_prefix,
    document_prefix,
    index_key,
    original_key,
    passages_key,
)

log = logging.getLogger(__name__)


def work_on_next_document(services: WorkerServices) -> bool:
    """Claim the fairest due document and work on it to its end; False where none is due."""
    with services.database.upkeep() as session:
        document = work_queue.claim_next(session, Document, services.worker, services.clock(), LEASE)
        if document is None:
            return False
        language = tenants.get_tenant(session, document.tenant_id).language
    began = time.monotonic()
    outcome = process_document(services, document, language)
    log.info("document_worked", extra={**name_work(document), "outcome": outcome, "seconds": time.monotonic() - began})
    if outcome == "lease_lost":
        outbox.repair_document(services, document, language)
    outbox.deliver_document(services, document.tenant_id, document.id)
    return True


def process_document(services: WorkerServices, document: Document, language: str) -> str:
    """Do one attempt; give the outcome for the log. Who lost the document on the way leaves nothing of its own."""
    try:
        return attempt_document(services, document, language)
    except LeaseLost:
        drop_lost_attempt(services, document)
        return "lease_lost"


def attempt_document(services: WorkerServices, document: Document, language: str) -> str:
    """This is one of the three places that catch everything; ``LeaseLost`` is for the caller."""
    if document.attempts > MAX_ATTEMPTS:
        return give_up(services, document, "gave_up")
    with services.leases.hold(Document, document.id, document.fencing_token) as held:
        report = ProgressReport(services, document, language, held)
        try:
            with open_scratch_directory(services, document) as folder:
                build_document(services, document, report, folder)
            return READY
        except LeaseLost:
            raise
        except Cancelled:
            return end(services, document, CANCELLED)
        except WorkerStopping:
            return put_back(services, document)
        except UserMistake as mistake:
            return end(services, document, FAILED, mistake)
        except Exception as error:
            log.warning("attempt_failed", extra={**name_work(document), "error": type(error).__name__}, exc_info=error)
            return try_later(services, document, error)


def build_document(services: WorkerServices, document: Document, report: ProgressReport, folder: Path) -> None:
    """Read, cut, make searchable, build, publish; whatever fails leaves nothing published."""
    report("reading", 0, None)
    passages = read_and_cut(services, document, report)
    publish_words(services, document, report, passages, folder)
    facts = build_archive(passages, folder, name=document.name, embedder=services.embedder, on_progress=report)
    report.check_wanted()
    for file in ARCHIVE_FILES:
        key = attempt_prefix(document.tenant_id, document.id, document.fencing_token) + file
        services.storage.save_file(key, folder / file)
    end(services, document, READY, archive_version=document.fencing_token, model=facts.model, hashes=facts.sha256)
    for fencing_token in range(1, document.fencing_token):
        with suppress(StorageUnavailable):
            services.storage.delete_tree(attempt_prefix(document.tenant_id, document.id, fencing_token))


def read_and_cut(services: WorkerServices, document: Document, report: ProgressReport) -> list[Passage]:
    """Read in a child process and cut what comes; ``UserMistake`` where there is nothing to read."""

    def on_progress(done: int, total: int | None) -> None:
        report("reading", done, total)

    key = original_key(document.tenant_id, document.id)
    with services.storage.local_copy(key) as path, services.reader(path, document.kind, on_progress) as reading:
        pages, passages = (take_passages if document.kind == ARCHIVE else cut_pages)(reading, services.embedder)
        # A film says what its document is called; any other name may be changed by its owner meanwhile.
        named = {"name": clean_name(reading.name)} if reading.name else {}
        kind = reading.kind
    if not passages:
        raise UserMistake("no_text")
    report.write(pages=pages, passages=len(passages), kind=kind, **named)
    return passages


def cut_pages(reading: ReadPages, embedder: Embedder) -> tuple[int, list[Passage]]:
    """Number of the last page, and the passages."""
    last_page = 0

    def follow() -> Iterator[Page]:
        nonlocal last_page
        for page in reading:
            last_page = max(last_page, page.number)
            yield page

    passages = list(cut_for(embedder, follow()))
    return last_page, passages


def take_passages(reading: ReadPages, _embedder: Embedder) -> tuple[int, list[Passage]]:
    """The same of a film, in which they are as they were cut."""
    passages = list(reading.list_passages())
    return max((passage.last_page for passage in passages), default=0), passages


def publish_words(
    services: WorkerServices, document: Document, report: ProgressReport, passages: list[Passage], folder: Path
) -> None:
    """From here on questions are answered by words, while the rest is being made."""
    report("cutting", len(passages), len(passages))
    words, index = folder / PASSAGES, folder / INDEX
    write_passages(passages, words)
    write_index(build_lexical([passage.text for passage in passages]), index)
    services.storage.save_file(passages_key(document.tenant_id, document.id, document.fencing_token), words)
    services.storage.save_file(index_key(document.tenant_id, document.id, document.fencing_token), index)
    report.write(words_version=document.fencing_token)


def end(
    services: WorkerServices, document: Document, state: str, mistake: SocrateError | None = None, **values: object
) -> str:
    """Publish the outcome, with what is to be told, in one transaction; then drop the bytes nobody needs."""
    now = services.clock()
    error = {"error_key": mistake.key, "error_facts": dict(mistake.facts)} if mistake else {}
    tenant_id = document.tenant_id
    services.notifier.close_progress(document.chat_id, document.message_id)

    def publish() -> None:
        with services.database.tenant(tenant_id) as session:
            claims.finish(session, tenant_id, Document, document.id, document.fencing_token, state, now, **error, **values)
            if state == READY:
                tenants.choose_document(session, tenant_id, document.id)

    # Done anew, a long document takes minutes; where the first commit came through, the second finds the lease lost.
    retry_transient(publish)
    with suppress(TransientFailure), services.database.upkeep() as session:
        seconds = (now - (document.started_at or now)).total_seconds()
        stats.add_daily_stats(session, now.date(), state, seconds)
    if state == CANCELLED or (mistake and not mistake.facts.get("retryable")):
        drop_tree(services, document_prefix(tenant_id, document.id))
    return state


def try_later(services: WorkerServices, document: Document, error: Exception) -> str:
    """Back to the queue after a pause, or failed where the attempts are used up."""
    # A disk that is full or fails is the storage's disorder, wherever it shows.
    general = StorageUnavailable.key if isinstance(error, OSError) else SocrateError.key
    key = error.key if isinstance(error, SocrateError) else general
    if is_last_attempt(document.attempts):
        return give_up(services, document, key)
    with services.database.tenant(document.tenant_id) as session:
        due = services.clock() + get_pause(document.attempts)
        claims.put_back(session, document.tenant_id, Document, document.id, document.fencing_token, due, counted=True)
    return "retried"


def give_up(services: WorkerServices, document: Document, key: str) -> str:
    """Failed by us and not by the file: the original alone is kept, for another try."""
    outcome = end(services, document, FAILED, SocrateError(key, retryable=True), words_version=None)
    drop_tree(services, attempts_prefix(document.tenant_id, document.id))
    return outcome


def put_back(services: WorkerServices, document: Document) -> str:
    with services.database.tenant(document.tenant_id) as session:
        now = services.clock()
        claims.put_back(session, document.tenant_id, Document, document.id, document.fencing_token, now, counted=False)
    return "put_back"


def drop_lost_attempt(services: WorkerServices, document: Document) -> None:
    """Words that are being asked stay until the next holder's replace them; of a deleted document all goes."""
    with services.database.tenant(document.tenant_id, reading=True) as session:
        row = documents.find_document(session, document.tenant_id, document.id)
    if row is None:
        drop_tree(services, document_prefix(document.tenant_id, document.id))
    elif row.words_version != document.fencing_token:
        drop_tree(services, attempt_prefix(document.tenant_id, document.id, document.fencing_token))


@contextmanager
def open_scratch_directory(services: WorkerServices, document: Document) -> Iterator[Path]:
    """A folder for this attempt alone, gone with it; what a killed worker leaves is swept."""
    services.scratch_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=f"{document.id}-{document.fence}-", dir=services.scratch_directory))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def name_work(document: Document) -> dict[str, object]:
    """What a log line says of a document: ids and figures only."""
    return {
        "tenant": document.tenant_id,
        "document": document.id,
        "stage": document.stage,
        "attempt": document.attempts,
    }
