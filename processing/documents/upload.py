"""Accepts a document: checks before and after the download, then stores it and queues the work."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from db.models import Document
from db.operations import claims, documents, events, outbox, tenants
from db.operations.upkeep import work_queue
from db.states import UNFINISHED, EventKind, Queue, State
from errors import AlreadyHere, DocumentNotFound, TransientFailure, UserMistake
from processing.documents.job import drop_tree
from processing.documents.limits import check_offered, expect_bytes
from processing.documents.names import clean_name
from processing.documents.space import hold_to_quota
from processing.documents.view import is_retryable, view_document
from processing.formats.recognise import sniff_kind
from processing.jobs.ids import make_work_id
from processing.jobs.rate_limits import UPLOADS, check_event, count_event
from processing.runtime.retry import retry_transient
from processing.services import Services
from processing.types import DocumentView
from storage.keys import document_prefix, original_key

HEAD_BYTES = 8192
# Longer than an edit waits for the rate limit. If the process dies before it, the document is worked on then.
RETRY_HELD = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Offer:
    """What Telegram says about a file before it is downloaded.

    ``origin`` names the update that brought it, ``message_id`` the message in which it stands, if it is a message.
    """

    name: str | None
    size: int | None
    unique_id: str | None
    chat_id: int
    origin: str = ""
    message_id: int | None = None


class Edited(StrEnum):
    """What an edited message holds: the file that it had, one that took its place, or one of which nothing is known."""

    SAME = "same"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


def is_received(services: Services, tenant_id: int, offer: Offer) -> bool:
    """Return True if this update has brought its document before, whatever has become of the document since."""
    document_id = make_work_id(tenant_id, offer.origin)
    with services.database.tenant(tenant_id, reading=True) as session:
        counted = events.is_counted(session, tenant_id, UPLOADS.kind, document_id)
        return counted or documents.find_document(session, tenant_id, document_id) is not None


def judge_edited(services: Services, tenant_id: int, offer: Offer) -> Edited:
    """Return what the edited message of this offer holds, by what ``remember_file`` has noted of it.

    A file that the tenant has counts as the same one, also if nothing was noted.
    """
    message, file = name_file(tenant_id, offer)
    with services.database.tenant(tenant_id, reading=True) as session:
        kept = documents.find_same(session, tenant_id, unique_id=offer.unique_id)
        if kept is not None or events.is_counted(session, tenant_id, EventKind.FILE, file):
            return Edited.SAME
        known = events.is_counted(session, tenant_id, EventKind.FILE, message)
    return Edited.REPLACED if known else Edited.UNKNOWN


def remember_file(services: Services, tenant_id: int, offer: Offer) -> None:
    """Note that the message's file was handled, so that an edit of its caption does not bring it again."""

    def write() -> None:
        with services.database.tenant(tenant_id) as session:
            tenants.lock_tenant(session, tenant_id)
            for event_id in name_file(tenant_id, offer):
                if not events.is_counted(session, tenant_id, EventKind.FILE, event_id):
                    events.add_event(session, tenant_id, EventKind.FILE, event_id, services.clock())

    retry_transient(write)


def name_file(tenant_id: int, offer: Offer) -> tuple[str, str]:
    """Return the ids of the events for the message and for the file in it."""
    message = f"file/{offer.chat_id}/{offer.message_id}"
    return make_work_id(tenant_id, message), make_work_id(tenant_id, f"{message}/{offer.unique_id}")


def check_offer(services: Services, tenant_id: int, offer: Offer) -> None:
    """Refuse a file before the download.

    Raise ``UserMistake`` for its size, its kind, the quota or the rate limit, and ``AlreadyHere`` for a file that the
    tenant has.
    """
    settings = services.settings
    with services.database.tenant(tenant_id, reading=True) as session:
        check_not_stored(documents.find_same(session, tenant_id, unique_id=offer.unique_id))
        check_event(services, session, tenant_id, UPLOADS)
        used = documents.get_used_bytes(session, tenant_id)
    free = settings.quota_bytes - used
    check_offered(offer.name, offer.size, max_bytes=settings.max_file_bytes, free_bytes=free)


def prepare_document(services: Services, tenant_id: int, offer: Offer, path: Path, message_id: int | None) -> Document:
    """Return the row for a downloaded file, not stored yet.

    Raise ``UserMistake`` if the file can't be accepted, and ``AlreadyHere`` if the tenant has the same bytes. A failed
    document with the same bytes is deleted, because the new one replaces it.
    """
    size, settings = path.stat().st_size, services.settings
    kind, sha256 = identify(path, offer.name or "")
    with services.database.tenant(tenant_id) as session:
        same = documents.find_same(session, tenant_id, sha256=sha256)
        check_not_stored(same)
        if same is not None:
            documents.delete_document(session, tenant_id, same.id)
        free = settings.quota_bytes - documents.get_used_bytes(session, tenant_id)
        check_offered(None, size, max_bytes=settings.max_file_bytes, free_bytes=free, kind=kind)
    if same is not None:
        drop_tree(services, document_prefix(tenant_id, same.id))
    now = services.clock()
    return Document(
        id=make_work_id(tenant_id, offer.origin or secrets.token_hex(8)),
        tenant_id=tenant_id,
        name=clean_name(offer.name),
        kind=kind,
        size_bytes=size,
        stored_bytes=expect_bytes(kind, size),
        sha256=sha256,
        unique_id=offer.unique_id,
        bot_id=services.bot_id,
        chat_id=offer.chat_id,
        message_id=message_id,
        created_at=now,
        due_at=now,
        state=State.QUEUED,
        done=0,
        cancel_requested=False,
        error_facts={},
    )


def identify(path: Path, name: str) -> tuple[str, str]:
    """Return the kind that the file seems to have, and its SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        kind = sniff_kind(file.read(HEAD_BYTES), name)
        file.seek(0)
        return kind, hashlib.file_digest(file, "sha256").hexdigest()


def view_queued(services: Services, tenant_id: int, document: Document) -> DocumentView:
    """Return what the owner is shown of a document that is queued or about to be, with its position in the queue."""
    with services.database.tenant(tenant_id, reading=True) as session:
        language = tenants.get_tenant(session, tenant_id).language
    with services.database.upkeep(reading=True) as session:
        position = 1 + work_queue.count_waiting_before(session, document.created_at)
    now = services.clock()
    return replace(
        view_document(document, language, now, queue_position=position),
        state=State.QUEUED,
        error_key=None,
        retryable=False,
        elapsed=max(0.0, (now - document.created_at).total_seconds()),
    )


def enqueue_document(services: Services, tenant_id: int, document: Document, path: Path) -> None:
    """Store the file, commit the row, wake a worker.

    Raise ``UserMistake`` if other documents have used up the quota or the rate limit meanwhile, and
    ``QueueUnavailable`` if no worker could be woken; the document is queued all the same. After any other error there
    is no row, unless a failed commit took effect. A file without a row is deleted, now or by garbage collection.
    """
    try:
        services.storage.save_file(original_key(tenant_id, document.id), path)
        retry_transient(lambda: add_document(services, tenant_id, document))
    except Exception:
        drop_unreferenced(services, tenant_id, document.id)
        raise
    services.wake_up.notify_worker(Queue.DOCUMENTS)


def add_document(services: Services, tenant_id: int, document: Document) -> None:
    """Commit the row with what it reserves and counts, unless an earlier try has done so although it raised an error.

    Raise ``UserMistake`` if it does not fit within the quota or the rate limit.
    """
    with services.database.tenant(tenant_id) as session:
        if documents.find_document(session, tenant_id, document.id) is None:
            count_event(services, session, tenant_id, UPLOADS, document.id)
            added = documents.add_document(session, tenant_id, document)
            hold_to_quota(services, session, tenant_id, added.stored_bytes or added.size_bytes)


def drop_unreferenced(services: Services, tenant_id: int, document_id: str) -> None:
    """Delete the stored file if the document has no row. If the database does not answer, the file stays."""
    with suppress(TransientFailure), services.database.tenant(tenant_id, reading=True) as session:
        if documents.find_document(session, tenant_id, document_id) is None:
            services.storage.delete_tree(document_prefix(tenant_id, document_id))


def check_not_stored(same: Document | None) -> None:
    """Raise ``AlreadyHere`` if the tenant has the ``same`` document, unless it failed and may be sent again.

    Raise ``UserMistake`` while it is being cancelled, which may take until its worker is missed.
    """
    if same is not None and same.cancel_requested and same.state in UNFINISHED:
        raise UserMistake("still_cancelling", name=same.name)
    if same is not None and same.state != State.FAILED:
        raise AlreadyHere(document_id=same.id, name=same.name, state=same.state)


def retry_document(
    services: Services, tenant_id: int, document_id: str, message_id: int | None, origin: str = ""
) -> DocumentView:
    """Queue a failed document again, to be shown in this message, and return what its owner is shown.

    It is held back until ``release_retried`` is called, because a worker edits the same message as soon as it begins.
    It counts as an upload; ``origin`` names the update. Raise ``DocumentNotFound`` if there is no such document or it
    may not be tried again, and ``UserMistake`` if it is tried already, if there is no room for what is made of it, or
    if the rate limit of uploads is reached.
    """
    due_at = services.clock() + RETRY_HELD
    event_id = make_work_id(tenant_id, f"retry/{origin or secrets.token_hex(8)}")
    with services.database.tenant(tenant_id) as session:
        document = documents.get_document(session, tenant_id, document_id)
        if document.state == State.QUEUED and events.is_counted(session, tenant_id, UPLOADS.kind, event_id):
            # The update was handled before, and its process ended before ``release_retried``.
            return view_queued(services, tenant_id, document)
        if document.state != State.FAILED:
            raise UserMistake("retry_running", name=document.name)
        if not is_retryable(document):
            raise DocumentNotFound
        check_event(services, session, tenant_id, UPLOADS)
        here = {"bot_id": services.bot_id, "message_id": message_id or document.message_id}
        if claims.queue_again(session, tenant_id, document_id, due_at, **here):
            count_event(services, session, tenant_id, UPLOADS, event_id)
            document.stored_bytes = expect_bytes(document.kind, document.size_bytes)
            session.flush()
            hold_to_quota(services, session, tenant_id, document.stored_bytes)
        outbox.drop_superseded(session, tenant_id, document_id)
    return view_queued(services, tenant_id, document)


def release_retried(services: Services, tenant_id: int, document_id: str) -> None:
    """Let the document be worked on, and wake a worker.

    Raise ``QueueUnavailable`` if no worker could be woken; the document is queued all the same.
    """
    with services.database.tenant(tenant_id) as session:
        claims.make_due(session, tenant_id, Document, document_id, services.clock())
    services.wake_up.notify_worker(Queue.DOCUMENTS)
