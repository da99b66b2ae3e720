"""Worker processes, each with the time of its last heartbeat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from db.models import WorkerSeen

LONGEST_PROBLEM = 300


def touch_worker(session: Session, worker: str, queue: str, now: datetime, problem: str = "") -> None:
    """Record that the worker is alive at ``now``, and which of its loops fail."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    seen = {"seen_at": now, "problem": problem[:LONGEST_PROBLEM] or None}
    values = {"id": worker, "queue": queue, "started_at": now} | seen
    session.execute(insert(WorkerSeen).values(**values).on_conflict_do_update(index_elements=["id"], set_=seen))


def drop_worker(session: Session, worker: str) -> None:
    session.execute(delete(WorkerSeen).where(WorkerSeen.id == worker))


def drop_silent_workers(session: Session, before: datetime) -> None:
    session.execute(delete(WorkerSeen).where(WorkerSeen.seen_at < before))


def list_workers(session: Session) -> Sequence[WorkerSeen]:
    return session.scalars(select(WorkerSeen).order_by(WorkerSeen.id)).all()
