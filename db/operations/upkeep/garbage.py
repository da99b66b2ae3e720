"""Finds and deletes rows that are no longer needed, and finds rows by id."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from db.models import Document, Event, OutboxMessage, Question
from db.states import UNFINISHED, OutboxState


def list_existing(session: Session, ids: Collection[str]) -> Sequence[Document]:
    """Return the documents with these ids; ids without a row are left out."""
    parts = batched(sorted(ids), 500)
    return [row for part in parts for row in session.scalars(select(Document).where(Document.id.in_(part)))]


def list_all(session: Session, model: Any) -> Iterator[Any]:
    """Yield every row of a table, loading 500 at a time."""
    yield from session.scalars(select(model).order_by(model.id).execution_options(yield_per=500))


def batched(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield ``ids`` in parts of ``size``, because databases limit the number of parameters of a statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def drop_old_questions(session: Session, before: datetime) -> None:
    """Delete ended questions that were asked before ``before``, unless their answers are still owed."""
    answer = (OutboxMessage.tenant_id == Question.tenant_id) & (OutboxMessage.subject == Question.id)
    owed = exists().where(answer, OutboxMessage.state != OutboxState.DELIVERED)
    ended = Question.state.not_in(UNFINISHED) & (Question.created_at < before)
    session.execute(delete(Question).where(ended, ~owed), execution_options={"synchronize_session": False})


def drop_old_events(session: Session, before: datetime) -> None:
    """Delete the events before ``before``, which no rate limit counts any more."""
    session.execute(delete(Event).where(Event.at < before))
