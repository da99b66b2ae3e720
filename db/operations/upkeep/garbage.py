"""Finds and deletes rows that are no longer needed, and finds rows by id."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, exists, select, tuple_
from sqlalchemy.orm import Session, load_only

from db.models import DailyUsage, Document, Event, OutboxMessage, Question, Rating
from db.operations.claims import change
from db.states import UNFINISHED, OutboxState


def list_existing(session: Session, ids: Collection[str]) -> Sequence[Document]:
    """Return the documents with these ids, with state and versions only; ids without a row are left out."""
    wanted = load_only(Document.tenant_id, Document.state, Document.words_version, Document.archive_version)
    parts = batched(sorted(ids), 500)
    return [
        row for part in parts for row in session.scalars(select(Document).where(Document.id.in_(part)).options(wanted))
    ]


def list_after(session: Session, model: Any, row_id: str, limit: int) -> Sequence[Any]:
    """Return a page of a table in the order of ids: the first ``limit`` rows after the one with this id."""
    return session.scalars(select(model).where(model.id > row_id).order_by(model.id).limit(limit)).all()


def batched(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield ``ids`` in parts of ``size``, because databases limit the number of parameters of a statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def drop_old_questions(session: Session, before: datetime, limit: int) -> int:
    """Delete ended questions that were asked before ``before``, unless their answers are owed; return their number.

    At most ``limit`` are deleted, so that no statement runs for long after a pause of all processes.
    """
    answer = (OutboxMessage.tenant_id == Question.tenant_id) & (OutboxMessage.subject == Question.id)
    owed = exists().where(answer, OutboxMessage.state != OutboxState.DELIVERED)
    ended = Question.state.not_in(UNFINISHED) & (Question.created_at < before)
    over = select(Question.id).where(ended, ~owed).order_by(Question.created_at)
    return change(session, delete(Question).where(Question.id.in_(over.limit(limit))))


def drop_old_events(session: Session, before: datetime) -> None:
    """Delete the events before ``before``, which no rate limit counts any more."""
    session.execute(delete(Event).where(Event.at < before))


def drop_old_ratings(session: Session, before: datetime, limit: int) -> int:
    """Delete ratings made before ``before``, at most ``limit``, and return their number."""
    old = select(Rating.question_id).where(Rating.created_at < before).order_by(Rating.created_at).limit(limit)
    return change(session, delete(Rating).where(Rating.question_id.in_(old)))


def drop_old_usage(session: Session, before: date, limit: int) -> int:
    """Delete the usage of days before ``before``, at most ``limit`` rows, and return their number."""
    key = tuple_(DailyUsage.tenant_id, DailyUsage.day)
    old = select(DailyUsage.tenant_id, DailyUsage.day).where(DailyUsage.day < before).order_by(DailyUsage.day)
    return change(session, delete(DailyUsage).where(key.in_(old.limit(limit))))
