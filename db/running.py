"""Tables about the running system, which belong to no tenant: workers, alerts, daily statistics."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class WorkerSeen(Base):
    """A worker process and its last heartbeat; ``problem`` names those of its loops that have failed for long."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    queue: Mapped[str] = mapped_column(String(20))
    seen_at: Mapped[datetime]
    started_at: Mapped[datetime]
    problem: Mapped[str | None] = mapped_column(String(300))


class Alert(Base):
    """The state of a health check that administrators were told last."""

    __tablename__ = "alerts"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    changed_at: Mapped[datetime]


class DailyStats(Base):
    """The number of documents that ended with one outcome on one day (UTC), and the seconds of work on them."""

    __tablename__ = "daily_stats"

    day: Mapped[date] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
