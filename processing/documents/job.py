"""The work on a document as a kind of work: what each outcome means to its owner, and what is cleaned up after it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from db.models import Document, OutboxMessage
from db.operations import claims, documents, tenants
from db.operations.upkeep import stats
from db.states import UNFINISHED, Queue, State
from errors import SocrateError, StorageUnavailable, TransientFailure
from processing.delivery import Delivery, DeliveryState, Sending
from processing.documents.view import view_document
from processing.jobs.kind import Ending, JobKind
from processing.jobs.outcome import AttemptsUsedUp, Outcome
from processing.notifications.content import decode_view, encode_view
from processing.runtime.leases import Lease
from processing.runtime.retry import retry_transient
from processing.services import Services, WorkerServices
from processing.types import DocumentView
from storage.keys import (
    INDEX,
    PASSAGES,
    attempt_prefix,
    attempts_prefix,
    document_prefix,
    parse_key,
    parts_prefix,
)

# For somebody whose language is deleted with everything else.
DEFAULT_LANGUAGE = "en"
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
        elif ending.outcome is not Outcome.GIVEN_UP:
            documents.delete_document(session, row.tenant_id, row.id)

    def after_finish(self, services: WorkerServices, row: Document, ending: Ending) -> None:
        now = services.clock()
        with suppress(TransientFailure), services.database.upkeep() as session:
            stats.add_daily_stats(session, now.date(), ending.state, (now - (row.started_at or now)).total_seconds())
        match ending.outcome:
            case Outcome.DONE:
                drop_unused(services, row)
                drop_tree(services, parts_prefix(row.tenant_id, row.id))
            case Outcome.GIVEN_UP:
                # The original is kept for another try.
                drop_tree(services, attempts_prefix(row.tenant_id, row.id))
                drop_tree(services, parts_prefix(row.tenant_id, row.id))
            case _:
                drop_tree(services, document_prefix(row.tenant_id, row.id))

    def after_lease_lost(self, services: WorkerServices, row: Document) -> None:
        """Delete the files of this attempt unless its passages are in use, and all files of a deleted document.

        The parts of vectors are left to the attempt that goes on, or deleted if the document has ended.
        """
        with services.database.tenant(row.tenant_id, reading=True) as session:
            current = documents.find_document(session, row.tenant_id, row.id)
        if current is None:
            drop_tree(services, document_prefix(row.tenant_id, row.id))
            return
        if current.words_version != row.fencing_token:
            drop_tree(services, attempt_prefix(row.tenant_id, row.id, row.fencing_token))
        if current.state not in UNFINISHED:
            drop_tree(services, parts_prefix(row.tenant_id, row.id))

    def describe(self, services: Services, session: Session, row: Document) -> dict[str, Any]:
        return encode_view(view_document(row, tenants.get_tenant(session, row.tenant_id).language, services.clock()))

    def deliver(self, services: Services, message: OutboxMessage, sending: Sending) -> Delivery:
        view = view_ended(services, message)
        return Delivery(DeliveryState.DELIVERED) if view is None else services.notifier.deliver_document(view, sending)

    def repair(self, services: Services, message: OutboxMessage) -> None:
        view = view_ended(services, message)
        if view is not None:
            services.notifier.repair_document(replace(view, message_id=message.message_id))

    def repair_deleted(self, services: Services, row: Document) -> None:
        """Say once more that the document was cancelled, which its owner was told when everything was deleted."""
        with services.database.tenant(row.tenant_id, reading=True) as session:
            if documents.find_document(session, row.tenant_id, row.id) is not None:
                return
            language = tenants.find_language(session, row.tenant_id) or DEFAULT_LANGUAGE
        row.state = State.CANCELLED
        services.notifier.repair_document(view_document(row, language, services.clock()))


DOCUMENT_JOB = DocumentJob()


def view_ended(services: Services, message: OutboxMessage) -> DocumentView | None:
    """Return what the message shows; None for a message without content whose document is deleted."""
    if message.content:
        return decode_view(DocumentView, message.content)
    with services.database.tenant(message.tenant_id, reading=True) as session:
        document = documents.find_document(session, message.tenant_id, message.subject)
        language = tenants.get_tenant(session, message.tenant_id).language
    return view_document(document, language, services.clock()) if document else None


def end_unfinished(services: Services, session: Session, document: Document) -> None:
    """Delete an unfinished document whose owner does not want it any more, and owe the message that says so.

    A worker that has it in work loses its lease and stops.
    """
    ended = claims.get_row(session, document.tenant_id, Document, document.id)
    ended.state, ended.finished_at = State.CANCELLED, services.clock()
    # The message about an earlier end of this document, which was tried again since, has the present token in its id.
    ended.fencing_token += 1
    DOCUMENT_JOB.announce(services, session, ended)
    session.delete(ended)


def drop_unused(services: Services, document: Document) -> None:
    """Delete the files of earlier attempts, except the passages and the word index that are in use."""
    for key in services.storage.list_keys(attempts_prefix(document.tenant_id, document.id)):
        found, name = parse_key(key), key.rpartition("/")[2]
        token = found[2] if found else None
        in_use = token == document.words_version and name in (PASSAGES, INDEX)
        if token != document.fencing_token and not in_use:
            services.storage.delete_file(key)


def drop_tree(services: Services, prefix: str) -> None:
    """Delete files that no row refers to any more; those that can't be deleted are left to garbage collection."""
    try:
        retry_transient(lambda: services.storage.delete_tree(prefix))
    except StorageUnavailable:
        log.warning("files_not_deleted", extra={"prefix": prefix})
