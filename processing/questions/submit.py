"""Accepts a question: checks it, stores it and wakes a worker."""

from __future__ import annotations

import secrets
from dataclasses import replace

from db.models import Question
from db.operations import documents, events, questions, tenants
from db.states import QuestionKind, Queue, State
from errors import UserMistake
from processing.jobs.ids import make_work_id
from processing.jobs.rate_limits import QUESTIONS, check_event, count_event
from processing.language.tokens import list_words
from processing.runtime.retry import retry_transient
from processing.services import Services
from processing.types import AnswerView

LONGEST_QUESTION = 2000


def is_submitted(services: Services, tenant_id: int, origin: str) -> bool:
    """Return True if the question of this update was stored before, also if it is deleted since.

    ``origin`` names the update.
    """
    question_id = make_work_id(tenant_id, origin)
    with services.database.tenant(tenant_id, reading=True) as session:
        counted = events.is_counted(session, tenant_id, QUESTIONS.kind, question_id)
        return counted or questions.find_question(session, tenant_id, question_id) is not None


def check_text(text: str, kind: str) -> None:
    """Raise ``UserMistake``: ``question_too_long``, or ``find_what`` if a search has no words to look for."""
    if kind == QuestionKind.FIND and not list_words(text):
        raise UserMistake("find_what")
    if len(text) > LONGEST_QUESTION:
        raise UserMistake("question_too_long", limit=LONGEST_QUESTION)


def check_words(text: str) -> None:
    """Raise ``UserMistake("no_words")`` for a text without words, such as an emoji."""
    if not list_words(text):
        raise UserMistake("no_words")


def prepare_question(
    services: Services,
    tenant_id: int,
    text: str,
    document_id: str | None,
    chat_id: int,
    origin: str = "",
    asked_id: int | None = None,
    kind: str = QuestionKind.QUESTION,
) -> AnswerView:
    """Return the question as it will be queued; nothing is stored yet.

    If ``document_id`` can't be searched any more, all documents are asked. ``origin`` names the update. Raises
    ``UserMistake``: no_documents, only_unfinished, no_words, too_many_questions, or one of ``check_text``.
    """
    check_text(text, kind)
    with services.database.tenant(tenant_id, reading=True) as session:
        language = tenants.get_tenant(session, tenant_id).language
        searchable = documents.has_searchable(session, tenant_id)
        has_documents = searchable or bool(documents.count_documents(session, tenant_id))
        scope = documents.find_searchable_name(session, tenant_id, document_id) if document_id else None
        if not searchable:
            raise UserMistake("only_unfinished" if has_documents else "no_documents")
        check_words(text)
        check_event(services, session, tenant_id, QUESTIONS)
    return AnswerView(
        id=make_work_id(tenant_id, origin or secrets.token_hex(8)),
        tenant_id=tenant_id,
        language=language,
        chat_id=chat_id,
        message_id=None,
        question=text,
        state=State.QUEUED,
        document_id=document_id if scope is not None else None,
        scope=scope,
        asked_id=asked_id,
        kind=kind,
    )


def prepare_repeat(
    services: Services,
    tenant_id: int,
    question_id: str,
    text: str | None = None,
    origin: str = "",
    kind: str = QuestionKind.QUESTION,
) -> AnswerView:
    """Return the question to be asked again in the message of its answer; the earlier one is deleted when it is queued.

    ``text`` replaces its text (its author edited it) and ``kind`` is the kind of that text; with None both stay.
    Raises ``UserMistake("question_gone")`` if the question is no longer stored, and otherwise as ``prepare_question``.
    """
    with services.database.tenant(tenant_id, reading=True) as session:
        before = questions.find_question(session, tenant_id, question_id)
    if before is None:
        raise UserMistake("question_gone")
    text, kind = (before.text, before.kind) if text is None else (text, kind)
    view = prepare_question(
        services, tenant_id, text, before.document_id, before.chat_id, origin, before.asked_id, kind
    )
    return replace(view, message_id=before.message_id, replaces=question_id)


def prepare_for_all_documents(services: Services, tenant_id: int, question_id: str, origin: str) -> AnswerView:
    """Return the same question to all documents, to be answered in a new message.

    Raises ``UserMistake("question_gone")`` if the question is no longer stored, and otherwise as ``prepare_question``.
    """
    with services.database.tenant(tenant_id, reading=True) as session:
        before = questions.find_question(session, tenant_id, question_id)
    if before is None:
        raise UserMistake("question_gone")
    return prepare_question(services, tenant_id, before.text, None, before.chat_id, origin, kind=before.kind)


def find_by_asked_message(services: Services, tenant_id: int, chat_id: int, asked_id: int) -> str | None:
    """Return the id of the question that the person asked with the message ``asked_id``, or None."""
    with services.database.tenant(tenant_id, reading=True) as session:
        question = questions.find_by_asked_message(session, tenant_id, chat_id, asked_id, services.bot_id)
    return question.id if question else None


def stop_answer(services: Services, tenant_id: int, question_id: str) -> bool:
    """Ask the worker to stop writing the answer. Return False if it is not being written."""
    with services.database.tenant(tenant_id) as session:
        return questions.request_stop(session, tenant_id, "answer_stopped", question_id=question_id)


def start_conversation(services: Services, tenant_id: int) -> None:
    """Begin a new conversation: later questions are understood without the ones before it."""
    with services.database.tenant(tenant_id) as session:
        tenants.start_conversation(session, tenant_id, services.clock())


def enqueue_question(services: Services, view: AnswerView, message_id: int | None) -> None:
    """Commit the question, in place of the one that it replaces, then wake a worker.

    Do nothing if it is stored already. Stop an answer that a language model is still writing in this chat. Raise
    ``UserMistake("too_many_questions")`` if the limit was reached meanwhile, and ``QueueUnavailable`` if no worker
    could be woken; in the last case the question is queued nevertheless, and the reconciler wakes one.
    """
    now = services.clock()
    question = Question(
        id=view.id,
        kind=view.kind,
        text=view.question,
        document_id=view.document_id,
        chat_id=view.chat_id,
        message_id=message_id,
        bot_id=services.bot_id,
        asked_id=view.asked_id,
        created_at=now,
        due_at=now,
    )

    def write() -> None:
        with services.database.tenant(view.tenant_id) as session:
            if questions.find_question(session, view.tenant_id, view.id) is not None:
                return
            count_event(services, session, view.tenant_id, QUESTIONS, view.id)
            if services.settings.openai_api_key is not None and view.kind == QuestionKind.QUESTION:
                questions.request_stop(session, view.tenant_id, "answer_replaced", chat_id=view.chat_id)
            if view.replaces is not None:
                questions.delete_question(session, view.tenant_id, view.replaces)
            questions.add_question(session, view.tenant_id, question)

    # Retried here, because if the whole update were handled again, "searching" would be sent a second time.
    retry_transient(write)
    services.wake_up.notify_worker(Queue.ANSWERS)
