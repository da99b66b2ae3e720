"""The final word on ended work reaches its owner once, now or later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from db.models import CANCELLED, FAILED, UNFINISHED, Document, Question
from db.operations import claims, documents, questions, tenants
from errors import DocumentNotFound
from processing.documents.files import drop_tree
from processing.documents.view import is_retryable, view_document
from processing.jobs.retry import retry_transient, wait_while
from processing.questions.view import view_answer
from processing.services import Services
from processing.types import Answer, AnswerView, Delivery
from storage.keys import document_prefix

# While one process is at it, no other begins; after a crash in between another may.
PAUSE = timedelta(seconds=30)


def deliver_document(services: Services, tenant_id: int, document_id: str) -> None:
    """Say how the document ended, if that is still to be said."""
    if not _claim(services, tenant_id, Document, document_id):
        return
    document, language = retry_transient(lambda: find_owned(services, tenant_id, document_id))
    if document is None:
        return
    delivery = services.notifier.deliver_document(view_document(document, language, services.clock()))
    _note(services, tenant_id, Document, document_id, delivery)
    if delivery.outcome != "later" and is_over(document):
        drop_document(services, tenant_id, document_id)


def find_owned(services: Services, tenant_id: int, document_id: str) -> tuple[Document | None, str]:
    """The document and its owner's language."""
    with services.database.tenant(tenant_id, reading=True) as session:
        return documents.find_document(session, tenant_id, document_id), tenants.get_tenant(session, tenant_id).language


def deliver_deletion(services: Services, document: Document, language: str) -> None:
    """The message of a document that was deleted before its end ends too; ``document`` is what the row was."""
    document.state = CANCELLED
    services.notifier.deliver_document(view_document(document, language, services.clock()))


def repair_document(services: Services, document: Document, language: str) -> None:
    """Whoever lost a document may have written over its end, or over the word that it is gone: that is put right.

    A worker that was frozen in mid-edit is one of them: what was on its way goes out when it wakes.
    """
    services.notifier.close_progress(document.chat_id, document.message_id)

    def find() -> Document | None:
        with services.database.tenant(document.tenant_id, reading=True) as session:
            return documents.find_document(session, document.tenant_id, document.id)

    row = wait_while(partial(is_being_delivered, services), find)
    if row is None:
        document.state = CANCELLED
    elif row.state in UNFINISHED or row.deliver_at is not None:
        return
    services.notifier.repair_document(view_document(row or document, language, services.clock()))


def deliver_answer(services: Services, tenant_id: int, question_id: str) -> None:
    """Say the answer, if that is still to be said; of a document deleted meanwhile nothing is said but that."""
    if not _claim(services, tenant_id, Question, question_id):
        return
    view = retry_transient(lambda: view_ended_question(services, tenant_id, question_id))
    _note(services, tenant_id, Question, question_id, services.notifier.deliver_answer(view))


def repair_answer(services: Services, question: Question) -> None:
    """As ``repair_document``; of a question that is gone nothing more is said."""
    tenant_id = question.tenant_id
    services.notifier.close_progress(question.chat_id, question.message_id)

    def find() -> Question | None:
        with services.database.tenant(tenant_id, reading=True) as session:
            return questions.find_question(session, tenant_id, question.id)

    row = wait_while(partial(is_being_delivered, services), find)
    if row is not None and row.state not in UNFINISHED and row.deliver_at is None:
        services.notifier.repair_answer(view_ended_question(services, tenant_id, question.id))


def is_being_delivered(services: Services, row: Document | Question | None) -> bool:
    """Another process may have its word out already, and be about to note that."""
    now = services.clock()
    return row is not None and row.deliver_at is not None and now < row.deliver_at <= now + PAUSE


def view_ended_question(services: Services, tenant_id: int, question_id: str) -> AnswerView:
    with services.database.tenant(tenant_id, reading=True) as session:
        question = questions.get_question(session, tenant_id, question_id)
        language = tenants.get_tenant(session, tenant_id).language
        asked = documents.find_document(session, tenant_id, question.document_id) if question.document_id else None
    view = view_answer(question, language, asked.name if asked else None)
    if question.document_id and asked is None:
        return replace(view, answer=Answer(), error_key=DocumentNotFound.key)
    return view


def is_over(document: Document) -> bool:
    """Nothing of it is of use any more: its row goes once its owner knows."""
    return document.state == CANCELLED or (document.state == FAILED and not is_retryable(document))


def drop_document(services: Services, tenant_id: int, document_id: str) -> None:
    """The row, and the bytes with it; nobody comes back to a row that stays."""

    def drop() -> bool:
        with services.database.tenant(tenant_id) as session:
            document = documents.find_document(session, tenant_id, document_id)
            if document is not None and is_over(document):
                session.delete(document)
            return document is None or is_over(document)

    if retry_transient(drop):
        drop_tree(services, document_prefix(tenant_id, document_id))


def _claim(services: Services, tenant_id: int, model: claims.Model, row_id: str) -> bool:
    with services.database.tenant(tenant_id) as session:
        return claims.claim_delivery(session, tenant_id, model, row_id, services.clock(), PAUSE)


def _note(services: Services, tenant_id: int, model: claims.Model, row_id: str, delivery: Delivery) -> None:
    """What is not written down is told again."""
    now = services.clock()

    def write() -> None:
        with services.database.tenant(tenant_id) as session:
            if delivery.outcome == "later":
                until = now + timedelta(seconds=max(delivery.seconds, 3))
                claims.postpone_delivery(session, tenant_id, model, row_id, until)
                return
            claims.mark_delivered(session, tenant_id, model, row_id, delivery.message_id)
            if delivery.outcome == "unreachable":
                tenants.mark_unreachable(session, tenant_id, now)

    retry_transient(write)
