"""A tenant's questions: add, find, list, count, stop and delete them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.models import Citation, Question
from db.operations.claims import change
from db.states import QuestionKind, State


def add_question(session: Session, tenant_id: int, question: Question) -> Question:
    question.tenant_id = tenant_id
    session.add(question)
    session.flush()
    return question


def find_question(session: Session, tenant_id: int, question_id: str) -> Question | None:
    return session.scalars(select(Question).where(Question.tenant_id == tenant_id, Question.id == question_id)).first()


def count_questions(session: Session, tenant_id: int) -> int:
    return session.scalars(select(func.count()).select_from(Question).where(Question.tenant_id == tenant_id)).one()


def find_by_asked_message(
    session: Session, tenant_id: int, chat_id: int, asked_id: int, bot_id: int
) -> Question | None:
    """Return the newest question that the person wrote to the bot in this message, or None.

    An edited message may have several. Bots number the messages of a chat each for itself.
    """
    asked = (Question.tenant_id == tenant_id) & (Question.chat_id == chat_id) & (Question.asked_id == asked_id)
    own = Question.bot_id.in_((0, bot_id))
    return session.scalars(select(Question).where(asked, own).order_by(Question.created_at.desc()).limit(1)).first()


def list_answered(
    session: Session, tenant_id: int, chat_id: int, since: datetime | None, before: datetime, limit: int
) -> Sequence[Question]:
    """Return the last ``limit`` answered questions of a chat, oldest first, without those of kind ``FIND``.

    They were asked before ``before`` and, unless ``since`` is None, not before ``since``.
    """
    wanted = select(Question).where(
        Question.tenant_id == tenant_id,
        Question.chat_id == chat_id,
        Question.kind == QuestionKind.QUESTION,
        Question.state == State.READY,
        Question.created_at < before,
    )
    if since is not None:
        wanted = wanted.where(Question.created_at >= since)
    return list(reversed(session.scalars(wanted.order_by(Question.created_at.desc()).limit(limit)).all()))


def request_stop(session: Session, tenant_id: int, reason: str, *, chat_id: int = 0, question_id: str = "") -> bool:
    """Ask workers to stop all answers in work in a chat or, with ``question_id``, one answer.

    ``reason`` is the key of the sentence that the person is shown then. Return False if no such answer is in work.
    """
    in_chat = (Question.chat_id == chat_id) & (Question.kind == QuestionKind.QUESTION)
    chosen = Question.id == question_id if question_id else in_chat
    working = (Question.tenant_id == tenant_id) & (Question.state == State.WORKING) & chosen
    return change(session, update(Question).where(working).values(cancel_requested=True, error_key=reason)) > 0


def delete_question(session: Session, tenant_id: int, question_id: str) -> None:
    """Delete the question with its citations. A worker that has it in work loses its lease and stops."""
    mine = (Citation.tenant_id == tenant_id) & (Citation.question_id == question_id)
    session.execute(delete(Citation).where(mine))
    session.execute(delete(Question).where(Question.tenant_id == tenant_id, Question.id == question_id))
