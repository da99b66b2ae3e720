"""What people do with their documents: list, choose, rename, delete and cancel them, and see their quota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from db.models import Document
from db.operations import citations, claims, documents, events, tenants
from db.operations.upkeep import work_queue
from db.states import UNFINISHED, EventKind, State
from errors import UserMistake
from processing.documents.job import drop_tree, end_unfinished
from processing.documents.names import clean_name
from processing.documents.view import view_document
from processing.jobs.rate_limits import QUESTIONS, UPLOADS, count_left
from processing.runtime.retry import retry_transient
from processing.services import Services
from processing.types import DocumentView
from storage.keys import document_prefix

# Citations of a document that are deleted in one commit.
CITATIONS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """A page of the list: ``views`` are the documents from ``offset`` on, newest first, out of ``count``."""

    views: Sequence[DocumentView]
    count: int
    offset: int


@dataclass(frozen=True, slots=True)
class Quota:
    """What a person has used and may still use; sizes are in bytes.

    ``used`` is all that is stored or reserved for their documents, ``sent`` the part of it that they sent.
    ``uploads_left`` and ``questions_left`` are how many are within the limits of an hour and a minute now, None without
    a limit.
    """

    used: int
    sent: int
    allowed: int
    count: int
    max_file: int
    uploads_left: int | None
    questions_left: int | None


def list_library(services: Services, tenant_id: int, *, limit: int = 1000, offset: int = 0) -> LibraryPage:
    """Return the page at ``offset``, or the last one if there are fewer documents."""
    with services.database.tenant(tenant_id, reading=True) as session:
        count = documents.count_documents(session, tenant_id)
        offset = max(0, min(offset, (count - 1) // limit * limit)) if count else 0
        rows = documents.list_documents(session, tenant_id, limit=limit, offset=offset)
        language = tenants.get_tenant(session, tenant_id).language
    return LibraryPage([view_document(row, language, services.clock()) for row in rows], count, offset)


def get_document(services: Services, tenant_id: int, document_id: str) -> DocumentView:
    """Return what the owner is shown of the document. Raise ``DocumentNotFound`` if there is no such document."""
    with services.database.tenant(tenant_id, reading=True) as session:
        document = documents.get_document(session, tenant_id, document_id)
        language = tenants.get_tenant(session, tenant_id).language
    return view_document(document, language, services.clock())


def find_by_message(services: Services, tenant_id: int, chat_id: int, message_id: int) -> str | None:
    """Return the id of the document whose progress and outcome this message shows, or None."""
    with services.database.tenant(tenant_id, reading=True) as session:
        document = documents.find_by_message(session, tenant_id, chat_id, message_id, services.bot_id)
    return document.id if document else None


def list_unfinished(services: Services, tenant_id: int) -> list[DocumentView]:
    """Return documents in work and queued ones with their position in the queue of all tenants, oldest first."""
    with services.database.tenant(tenant_id, reading=True) as session:
        rows = documents.list_unfinished(session, tenant_id)
        language = tenants.get_tenant(session, tenant_id).language
    with services.database.upkeep(reading=True) as session:
        positions = [find_queue_position(row, work_queue.count_waiting_before(session, row.created_at)) for row in rows]
    now = services.clock()
    return [
        view_document(row, language, now, queue_position=position)
        for row, position in zip(rows, positions, strict=True)
    ]


def find_queue_position(document: Document, ahead: int) -> int | None:
    """Return the position in the queue, from 1, if ``ahead`` documents are before it; None if it is not queued."""
    return ahead + 1 if document.state == State.QUEUED else None


def choose_document(services: Services, tenant_id: int, document_id: str | None) -> str | None:
    """Let the person's next questions be about this document, or about all with None. Return the document's name."""
    with services.database.tenant(tenant_id) as session:
        name = None if document_id is None else documents.get_document(session, tenant_id, document_id).name
        tenants.choose_document(session, tenant_id, document_id)
    return name


def await_name(services: Services, tenant_id: int, document_id: str) -> str:
    """Let the person's next text be the document's new name. Return the present name."""
    with services.database.tenant(tenant_id) as session:
        name = documents.get_document(session, tenant_id, document_id).name
        tenants.set_awaiting(session, tenant_id, f"rename:{document_id}")
    return name


def stop_awaiting(services: Services, tenant_id: int) -> None:
    """Let the person's next text be a question again."""
    with services.database.tenant(tenant_id) as session:
        tenants.set_awaiting(session, tenant_id, None)


def rename_document(services: Services, tenant_id: int, document_id: str, name: str, origin: str) -> DocumentView:
    """Rename the document. Raise ``UserMistake("name_empty")`` if no character of the name can be shown.

    ``origin`` names the update, so that ``is_name`` knows it if it is handled again.
    """
    cleaned = clean_name(name, fallback="")
    if not cleaned:
        raise UserMistake("name_empty")

    def write() -> DocumentView:
        with services.database.tenant(tenant_id) as session:
            tenants.set_awaiting(session, tenant_id, None)
            document = documents.rename_document(session, tenant_id, document_id, cleaned)
            if not events.is_counted(session, tenant_id, EventKind.NAME, origin):
                events.add_event(session, tenant_id, EventKind.NAME, origin, services.clock())
            language = tenants.get_tenant(session, tenant_id).language
        return view_document(document, language, services.clock())

    return retry_transient(write)


def is_name(services: Services, tenant_id: int, origin: str) -> bool:
    """Return True if the text of this update has become the name of a document already."""
    with services.database.tenant(tenant_id, reading=True) as session:
        return events.is_counted(session, tenant_id, EventKind.NAME, origin)


def delete_document(services: Services, tenant_id: int, document_id: str) -> str:
    """Delete the document with its files and return its name. A worker that has it in work notices and stops.

    Raise ``DocumentNotFound`` if there is no such document.
    """
    with services.database.tenant(tenant_id, reading=True) as session:
        known = documents.get_document(session, tenant_id, document_id)

    def drop() -> None:
        """Delete the row, unless an earlier try has deleted it although it raised an error."""
        with services.database.tenant(tenant_id) as session:
            tenants.clear_choice(session, tenant_id, document_id)
            document = documents.find_document(session, tenant_id, document_id)
            if document is not None and document.state in UNFINISHED:
                end_unfinished(services, session, document)
            elif document is not None:
                session.delete(document)

    retry_transient(partial(delete_citations, services, tenant_id, document_id))
    retry_transient(drop)
    services.wake_outbox()
    drop_tree(services, document_prefix(tenant_id, document_id))
    return known.name


def delete_citations(services: Services, tenant_id: int, document_id: str) -> None:
    """Delete the citations of a document, a part in each commit, so that others can write in between."""
    while True:
        with services.database.tenant(tenant_id) as session:
            if citations.delete_some(session, tenant_id, document_id, CITATIONS_AT_ONCE) < CITATIONS_AT_ONCE:
                return


def cancel_document(services: Services, tenant_id: int, document_id: str) -> str:
    """Cancel a queued document at once, or ask the worker to stop, and return the state afterwards.

    Raise ``DocumentNotFound`` if there is no such document.
    """
    with services.database.tenant(tenant_id) as session:
        documents.get_document(session, tenant_id, document_id)
        state = claims.request_cancel(session, tenant_id, Document, document_id, services.clock())
        if state == State.CANCELLED:
            tenants.clear_choice(session, tenant_id, document_id)
            end_unfinished(services, session, documents.get_document(session, tenant_id, document_id))
    if state == State.CANCELLED:
        services.wake_outbox()
        drop_tree(services, document_prefix(tenant_id, document_id))
    return state


def get_quota(services: Services, tenant_id: int) -> Quota:
    settings = services.settings
    with services.database.tenant(tenant_id, reading=True) as session:
        return Quota(
            used=documents.get_used_bytes(session, tenant_id),
            sent=documents.get_sent_bytes(session, tenant_id),
            allowed=settings.quota_bytes,
            count=documents.count_documents(session, tenant_id),
            max_file=settings.max_file_bytes,
            uploads_left=count_left(services, session, tenant_id, UPLOADS),
            questions_left=count_left(services, session, tenant_id, QUESTIONS),
        )
