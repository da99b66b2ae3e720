"""Finds and deletes rows that are no longer needed, and finds rows by id."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import Document, Event, Question, Task
from db.states import UNFINISHED, State


def list_delivered_and_over(session: Session, before: datetime, limit: int = 50) -> Sequence[tuple[int, str]]:
    """Return (tenant id, document id) of documents that are over, ended before ``before`` and are delivered.

    A document is over if it was cancelled, or if it failed and another attempt would not help.
    """
    for_good = Document.error_facts["retryable"].as_boolean().is_not(True)
    over = (Document.state == State.CANCELLED) | ((Document.state == State.FAILED) & for_good)
    delivered = (Document.deliver_at.is_(None)) & (Document.finished_at < before)
    rows = select(Document.tenant_id, Document.id).where(over, delivered).limit(limit)
    return [(tenant, row) for tenant, row in session.execute(rows)]


def list_delivered_tasks(session: Session, kind: str, before: datetime) -> Sequence[Task]:
    """Return the tasks of one kind that ended before ``before`` and whose outcome is delivered."""
    delivered = (Task.deliver_at.is_(None)) & (Task.state.not_in(UNFINISHED))
    return session.scalars(select(Task).where(Task.kind == kind, delivered, Task.finished_at < before)).all()


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
    """Delete ended questions that were asked before ``before`` and whose outcome is delivered."""
    delivered = (Question.deliver_at.is_(None)) & (Question.state.not_in(UNFINISHED))
    session.execute(delete(Question).where(delivered, Question.created_at < before))


def drop_old_events(session: Session, before: datetime) -> None:
    """Delete the events before ``before``, which no rate limit counts any more."""
    session.execute(delete(Event).where(Event.at < before))
