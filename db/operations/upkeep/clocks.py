"""Undoes what was written while the clock was ahead, which would otherwise wait until that time comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from db.models import Document, InboxUpdate, OutboxMessage, Question, Task, UpkeepLease, WorkerSeen
from db.operations.claims import change

# No lease is longer than this, and no row is this much younger than the clock says.
AHEAD = timedelta(minutes=30)


def undo_future(session: Session, now: datetime) -> int:
    """End leases and waits that a clock which was ahead has made, and return how many rows were changed."""
    return sum(change(session, statement) for statement in _list_statements(now))


def _list_statements(now: datetime) -> Iterator[Any]:
    leased: tuple[Any, ...] = (Document, Question, Task, OutboxMessage, InboxUpdate, UpkeepLease)
    for model in leased:
        yield update(model).where(model.lease_until > now + AHEAD).values(lease_until=now - timedelta(seconds=1))
    begun = (
        (Document, Document.created_at),
        (Question, Question.created_at),
        (Task, Task.created_at),
        (OutboxMessage, OutboxMessage.created_at),
        (InboxUpdate, InboxUpdate.received_at),
    )
    for row, at in begun:
        yield update(row).where(at > now + AHEAD, row.due_at > now).values(due_at=now)
    yield delete(WorkerSeen).where(WorkerSeen.seen_at > now + AHEAD)
