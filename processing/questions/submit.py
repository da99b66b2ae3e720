"""A question comes in: where it goes to, then the row and the bell."""

from __future__ import annotations

import secrets
from dataclasses import replace

from db.models import Question
from db.operations import documents, questions, tenants
from db.states import QuestionKind, Queue, State
from errors import UserMistake
from processing.jobs.ids import make_work_id
from processing.jobs.rate_limits import MINUTE, check_rate
from processing.language.tokens import list_words
from processing.runtime.retry import retry_transient
from processing.services import Services
from processing.types import AnswerView

LONGEST_QUESTION = 2000


def is_asked(services: Services, tenant_id: int, origin: str) -> bool:
    """True where the update that brought the question was handled before."""
    with services.database.tenant(tenant_id, reading=True) as session:
        return questions.find_question(session, tenant_id, make_work_id(tenant_id, origin)) is not None


def check_text(text: str, kind: str) -> None:
    """``question_too_long``, or ``find_what`` where there are no words to find."""
    if kind == QuestionKind.FIND and not list_words(text):
        raise UserMistake("find_what")
    if len(text) > LONGEST_QUESTION:
        raise UserMistake("question_too_long", limit=LONGEST_QUESTION)


def check_words(text: str) -> None:
    """``no_words`` for a sign or a picture."""
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
    """Check that there is something to ask; a chosen document that is gone makes it a question to all.

    ``origin`` names the update that brought it. ``UserMistake`` for ``no_documents``, ``only_unfinished``,
    ``no_words``, ``too_many_questions`` and as ``check_text``.
    """
    check_text(text, kind)
    now, limit = services.clock(), services.settings.questions_per_minute
    with services.database.tenant(tenant_id, reading=True) as session:
        language = tenants.get_tenant(session, tenant_id).language
        searchable = {document.id: document.name for document in documents.list_searchable(session, tenant_id)}
        anything = bool(documents.count_documents(session, tenant_id))
        times = questions.list_recent_times(session, tenant_id, now - MINUTE, limit)
    if not searchable:
        raise UserMistake("only_unfinished" if anything else "no_documents")
    check_words(text)
    check_rate("too_many_questions", times, limit, MINUTE, now)
    chosen = document_id if document_id in searchable else None
    return AnswerView(
        id=make_work_id(tenant_id, origin or secrets.token_hex(8)),
        tenant_id=tenant_id,
        language=language,
        chat_id=chat_id,
        message_id=None,
        question=text,
        state=State.QUEUED,
        document_id=chosen,
        scope=searchable.get(chosen or ""),
        asked_id=asked_id,
        kind=kind,
    )


def prepare_again(
    services: Services,
    tenant_id: int,
    question_id: str,
    text: str | None = None,
    origin: str = "",
    kind: str = QuestionKind.QUESTION,
) -> AnswerView:
    """The question anew, or what its owner made of it, for the message of its answer; what was answered is forgotten.

    ``kind`` is that of the new ``text``.
    ``question_gone`` where it is not kept any more, else as ``prepare_question``.
    """
    with services.database.tenant(tenant_id, reading=True) as session:
        before = questions.find_question(session, tenant_id, question_id)
    if before is None:
        raise UserMistake("question_gone")
    place = (before.document_id, before.chat_id, origin, before.asked_id)
    text, kind = (before.text, before.kind) if text is None else (text, kind)
    view = prepare_question(services, tenant_id, text, *place, kind)

    def forget() -> None:
        with services.database.tenant(tenant_id) as session:
            questions.forget_question(session, tenant_id, question_id)

    retry_transient(forget)
    return replace(view, message_id=before.message_id)


def prepare_everywhere(services: Services, tenant_id: int, question_id: str, origin: str) -> AnswerView:
    """The same question to all documents, for a message of its own; ``question_gone`` where it is not kept any more."""
    with services.database.tenant(tenant_id, reading=True) as session:
        before = questions.find_question(session, tenant_id, question_id)
    if before is None:
        raise UserMistake("question_gone")
    return prepare_question(services, tenant_id, before.text, None, before.chat_id, origin, kind=before.kind)


def find_by_asked(services: Services, tenant_id: int, chat_id: int, asked_id: int) -> str | None:
    """The id of the question that stood in this message of the person's."""
    with services.database.tenant(tenant_id, reading=True) as session:
        question = questions.find_by_asked(session, tenant_id, chat_id, asked_id)
    return question.id if question else None


def stop_answer(services: Services, tenant_id: int, question_id: str) -> bool:
    """False where there is nothing (any more) to stop."""
    with services.database.tenant(tenant_id) as session:
        return questions.stop_working(session, tenant_id, "answer_stopped", question_id=question_id)


def start_afresh(services: Services, tenant_id: int) -> None:
    """What was said before is no longer taken along."""
    with services.database.tenant(tenant_id) as session:
        tenants.start_afresh(session, tenant_id, services.clock())


def enqueue_question(services: Services, view: AnswerView, message_id: int | None) -> None:
    """Commit, then ring; ``QueueUnavailable`` leaves the question kept for the sweep to ring.

    An answer that a model is still writing in this chat gives way to the new one.
    """
    now = services.clock()
    question = Question(
        id=view.id,
        kind=view.kind,
        text=view.question,
        document_id=view.document_id,
        chat_id=view.chat_id,
        message_id=message_id,
        asked_id=view.asked_id,
        created_at=now,
        due_at=now,
    )

    def write() -> None:
        with services.database.tenant(view.tenant_id) as session:
            if questions.find_question(session, view.tenant_id, view.id) is not None:
                return
            if services.settings.openai_api_key is not None and view.kind == QuestionKind.QUESTION:
                questions.stop_working(session, view.tenant_id, "answer_replaced", chat_id=view.chat_id)
            questions.add_question(session, view.tenant_id, question)

    # Handled anew, the message that says where the search is on would stand there twice.
    retry_transient(write)
    services.wake_up.notify_worker(Queue.ANSWERS)
