"""Statistics over all tenants: documents by state, documents in work, ended documents by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from db.models import DailyStats, Document
from db.states import State


def add_daily_stats(session: Session, day: date, outcome: str, seconds: float) -> None:
    """Add one document that ended on ``day`` after ``seconds`` of work."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    values = {"day": day, "outcome": outcome, "count": 1, "seconds": seconds}
    more = {"count": DailyStats.count + 1, "seconds": DailyStats.seconds + seconds}
    session.execute(
        insert(DailyStats).values(**values).on_conflict_do_update(index_elements=["day", "outcome"], set_=more)
    )


def list_daily_stats(session: Session, since: date) -> Sequence[DailyStats]:
    return session.scalars(select(DailyStats).where(DailyStats.day >= since)).all()


def count_by_state(session: Session) -> dict[str, int]:
    """Return the number of documents in each state; states without documents are left out."""
    rows = session.execute(select(Document.state, func.count()).group_by(Document.state))
    return {str(state): int(count) for state, count in rows}


def list_running(session: Session, limit: int = 20) -> Sequence[Document]:
    """Return documents in work, those first whose work began first."""
    return session.scalars(
        select(Document).where(Document.state == State.WORKING).order_by(Document.started_at).limit(limit)
    ).all()
