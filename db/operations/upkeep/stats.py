"""Statistics over all tenants: documents by state, documents in work, ended documents by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from db.models import DailyStats, Document
from db.states import UNFINISHED, State

# Ended documents beyond this number are not counted for the status page.
MOST_COUNTED = 10_000


def add_daily_stats(session: Session, day: date, outcome: str, seconds: float, count: int = 1) -> None:
    """Add ``count`` documents that ended on ``day`` after ``seconds`` of work in all."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    values = {"day": day, "outcome": outcome, "count": count, "seconds": seconds}
    more = {"count": DailyStats.count + count, "seconds": DailyStats.seconds + seconds}
    session.execute(
        insert(DailyStats).values(**values).on_conflict_do_update(index_elements=["day", "outcome"], set_=more)
    )


def list_daily_stats(session: Session, since: date) -> Sequence[DailyStats]:
    return session.scalars(select(DailyStats).where(DailyStats.day >= since)).all()


def count_by_state(session: Session) -> dict[str, int]:
    """Return the number of documents in each state; states without documents are left out.

    Ended documents are counted up to ``MOST_COUNTED`` in each state, because there may be millions of them.
    """
    counts = {state: session.scalars(select_count(state)).one() for state in State}
    return {str(state): count for state, count in counts.items() if count}


def select_count(state: State) -> Select[int]:
    found = select(Document.state).where(Document.state == state)
    # In the order of the index on the state, so that no database counts by reading the whole table.
    counted = found if state in UNFINISHED else found.order_by(Document.due_at).limit(MOST_COUNTED)
    return select(func.count()).select_from(counted.subquery())


def add_up_old_stats(session: Session, before: date) -> None:
    """Add the statistics of days before ``before`` to those of the first day of all, so that totals stay the same."""
    old = (DailyStats.day < before) & (DailyStats.day > date.min)
    for row in session.scalars(select(DailyStats).where(old).with_for_update(skip_locked=True)).all():
        add_daily_stats(session, date.min, row.outcome, row.seconds, row.count)
        session.delete(row)


def list_running(session: Session, limit: int = 20) -> Sequence[Document]:
    """Return documents in work, those first whose work began first."""
    return session.scalars(
        select(Document).where(Document.state == State.WORKING).order_by(Document.started_at).limit(limit)
    ).all()
