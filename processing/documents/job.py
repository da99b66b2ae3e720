"""The work on a document as a kind of work: what each outcome means to its owner, and what is cleaned up after it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy.orm import Session

from db.models import Document
from db.operations import documents, tenants
from db.operations.upkeep import stats
from db.states import Queue, State
from errors import SocrateError, StorageUnavailable, TransientFailure
from processing.documents.view import is_retryable, view_document
from processing.jobs.kind import Ending, JobKind
from processing.jobs.outcome import AttemptsUsedUp, Outcome
from processing.runtime.leases import Lease
from processing.runtime.retry import retry_transient
from processing.services import Services, WorkerServices
from processing.types import Delivery
from storage.keys import attempt_prefix, attempts_prefix, document_prefix

log = logging.getLogger(__name__)


class DocumentJob(JobKind[Document]):
    """Turns a queued document into its archive."""

    name = "document"
    model = Document
    queue = Queue.DOCUMENTS

    def perform(self, services: WorkerServices, row: Document, lease: Lease) -> Mapping[str, object]:
        # Imported here because the bot imports this module and must not load the libraries that read and embed.
        from processing.documents.ingest import ingest

        return ingest(services, row, lease)

    def describe_failure(self, error: Exception) -> str:
        match error:
            case AttemptsUsedUp():
                return "gave_up"
            case SocrateError():
                return error.key
            case OSError():
                # A disk is full or fails.
                return StorageUnavailable.key
            case _:
                return SocrateError.key

    def finish(self, services: WorkerServices, session: Session, row: Document, ending: Ending) -> None:
        match ending.outcome:
            case Outcome.GIVEN_UP:
                # The original is kept for another try.
                ending.values |= {"words_version": None, "stored_bytes": row.size_bytes}
            case Outcome.REFUSED | Outcome.CANCELLED:
                ending.values["stored_bytes"] = 0
        super().finish(services, session, row, ending)
        if ending.outcome is Outcome.DONE:
            tenants.choose_document(session, row.tenant_id, row.id)

    def after_finish(self, services: WorkerServices, row: Document, ending: Ending) -> None:
        now = services.clock()
        with suppress(TransientFailure), services.database.upkeep() as session:
            stats.add_daily_stats(session, now.date(), ending.state, (now - (row.started_at or now)).total_seconds())
        match ending.outcome:
            case Outcome.DONE:
                for token in range(1, row.fencing_token):
                    drop_tree(services, attempt_prefix(row.tenant_id, row.id, token))
            case Outcome.GIVEN_UP:
                # The original is kept for another try.
                drop_tree(services, attempts_prefix(row.tenant_id, row.id))
            case _:
                drop_tree(services, document_prefix(row.tenant_id, row.id))

    def after_lease_lost(self, services: WorkerServices, row: Document) -> None:
        """Delete the files of this attempt unless its passages are in use, and all files of a deleted document."""
        with services.database.tenant(row.tenant_id, reading=True) as session:
            current = documents.find_document(session, row.tenant_id, row.id)
        if current is None:
            drop_tree(services, document_prefix(row.tenant_id, row.id))
        elif current.words_version != row.fencing_token:
            drop_tree(services, attempt_prefix(row.tenant_id, row.id, row.fencing_token))

    def deliver(self, services: Services, row: Document) -> Delivery:
        return services.notifier.deliver_document(
            view_document(row, services.get_language(row.tenant_id), services.clock())
        )

    def after_delivery(self, services: Services, row: Document) -> None:
        if is_over(row):
            drop_document(services, row.tenant_id, row.id)

    def repair(self, services: Services, row: Document, current: Document | None) -> None:
        if current is None:
            row.state = State.CANCELLED
        view = view_document(current or row, services.get_language(row.tenant_id), services.clock())
        services.notifier.repair_document(view)


DOCUMENT_JOB = DocumentJob()


def deliver_deletion(services: Services, document: Document, language: str) -> None:
    """Edit the progress message of a document that was deleted before it was ready: it says that it was cancelled."""
    document.state = State.CANCELLED
    services.notifier.deliver_document(view_document(document, language, services.clock()))


def is_over(document: Document) -> bool:
    """Return True if the document was cancelled, or failed in a way that another attempt would not change."""
    return document.state == State.CANCELLED or (document.state == State.FAILED and not is_retryable(document))


def drop_document(services: Services, tenant_id: int, document_id: str) -> None:
    """Delete row and files of a document if it is over; without a row, delete the files."""

    def drop() -> bool:
        with services.database.tenant(tenant_id) as session:
            document = documents.find_document(session, tenant_id, document_id)
            if document is not None and is_over(document):
                session.delete(document)
            return document is None or is_over(document)

    if retry_transient(drop):
        drop_tree(services, document_prefix(tenant_id, document_id))


def drop_tree(services: Services, prefix: str) -> None:
    """Delete files that no row refers to any more; those that can't be deleted are left to garbage collection."""
    try:
        retry_transient(lambda: services.storage.delete_tree(prefix))
    except StorageUnavailable:
        log.warning("files_not_deleted", extra={"prefix": prefix})
