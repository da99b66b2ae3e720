"""Rows that are no longer needed, and which rows exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import (
    CANCELLED,
    FAILED,
    UNFINISHED,
    Document,
    Question,
    Showing,
)

Row = TypeVar("Row", Document, Question, Showing)


def list_delivered_and_over(session: Session, before: datetime, limit: int = 50) -> Sequence[tuple[int, str]]:
    """(tenant, document) of what was cancelled or cannot be tried again, whose owner knows, and which ended before."""
    for_good = Document.error_facts["retryable"].as_boolean().is_not(True)
    over = (Document.state == CANCELLED) | ((Document.state == FAILED) & for_good)
    told = (Document.deliver_at.is_(None)) & (Document.finished_at < before)
    rows = select(Document.tenant_id, Document.id).where(over, told).limit(limit)
    return [(tenant, row) for tenant, row in session.execute(rows)]


def list_existing(session: Session, ids: Collection[str]) -> Sequence[Document]:
    """Those of these documents that have a row."""
    parts = batched(sorted(ids), 500)
    return [row for part in parts for row in session.scalars(select(Document).where(Document.id.in_(part)))]


def list_all(session: Session, model: type[Row]) -> Iterator[Row]:
    """Every row, some at a time."""
    yield from session.scalars(select(model).order_by(model.id).execution_options(yield_per=500))


def batched(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Databases take a bounded number of parameters."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def drop_old_questions(session: Session, before: datetime) -> None:
    """What was asked is not kept longer than it is of use."""
    told = (Question.deliver_at.is_(None)) & (Question.state.not_in(UNFINISHED))
    session.execute(delete(Question).where(told, Question.created_at < before))
