"""Tables: tenants with their documents and questions, updates that came in, workers seen, anonymous tallies."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, Index, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

QUEUED, WORKING, READY, FAILED, CANCELLED = "queued", "working", "ready", "failed", "cancelled"
STATES = (QUEUED, WORKING, READY, FAILED, CANCELLED)
UNFINISHED = (QUEUED, WORKING)
QUESTION, FIND = "question", "find"
WAITING, DONE, DEAD_LETTER = "waiting", "done", "aside"


class Moment(TypeDecorator[datetime]):
    """A point in time in UTC; SQLite forgets the zone, so it is taken off before and put on after."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Names of constraints are fixed so that migrations can find them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON}


class Tenant(Base):
    """Who owns documents. ``awaiting`` names what the next message is taken for, e.g. ``rename:<id>``."""

    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(primary_key=True)
    telegram_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    language: Mapped[str] = mapped_column(String(8), default="en")
    chosen_document_id: Mapped[str | None] = mapped_column(String(16))
    awaiting: Mapped[str | None] = mapped_column(String(40))
    unreachable_at: Mapped[datetime | None]
    fresh_since: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class TenantOwned:
    """Rows that belong to one tenant; sessions opened for a tenant see no others."""

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))


class Work(TenantOwned):
    """A row that is also a place in the queue.

    ``fence`` counts claims: who holds an older one may change nothing. ``due_at`` is when a queued row may be claimed,
    ``lease_until`` when a working one may be taken over, ``deliver_at`` when its owner is to be told how it ended.
    """

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default=QUEUED)
    fencing_token: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    error_key: Mapped[str | None] = mapped_column(String(64))
    error_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    deliver_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Document(Work, Base):
    """What was sent, with where its processing stands. ``archive_version`` names the attempt whose files count."""

    __tablename__ = "documents"

    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    unique_id: Mapped[str | None] = mapped_column(String(128))
    stage: Mapped[str | None] = mapped_column(String(12))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    pages: Mapped[int | None]
    passages: Mapped[int | None]
    words_version: Mapped[int | None]
    archive_version: Mapped[int | None]
    model: Mapped[str | None] = mapped_column(String(200))
    hashes: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        Index(None, "tenant_id", "created_at"),
        Index(None, "tenant_id", "sha256", unique=True),
        Index(None, "state", "due_at"),
        Index(None, "deliver_at"),
    )


class Question(Work, Base):
    """What was asked, of one document or (``document_id`` empty) of all, in the person's message ``asked_id``.

    Of ``kind`` find its text are words, and the answer is every place where they stand.
    """

    __tablename__ = "questions"

    kind: Mapped[str] = mapped_column(String(12), default=QUESTION)
    text: Mapped[str]
    document_id: Mapped[str | None] = mapped_column(String(16))
    asked_id: Mapped[int | None] = mapped_column(BigInteger)
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (Index(None, "tenant_id", "created_at"), Index(None, "state", "due_at"), Index(None, "deliver_at"))


class InboxUpdate(Base):
    """An update of Telegram as it came in; ``lane`` is its chat. ``attempts`` counts claims, and so is the fence."""

    __tablename__ = "updates"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ordering_key: Mapped[int] = mapped_column(BigInteger)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default=WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    received_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "state", "lane", "update_id"), Index(None, "state", "finished_at"))


class Citation(TenantOwned, Base):
    """What stands behind a button under an answer: a passage by its place, and where in it the words are.

    It outlives the question, and goes with its document.
    """

    __tablename__ = "citations"

    question_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    passage_index: Mapped[int]
    fencing_token: Mapped[int]
    mark_start: Mapped[int] = mapped_column(default=0)
    mark_end: Mapped[int] = mapped_column(default=0)


class Showing(Work, Base):
    """A citation that was tapped and is to be shown; the row goes when that is done."""

    __tablename__ = "showings"

    question_id: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]

    __table_args__ = (Index(None, "tenant_id", "question_id", "number", unique=True), Index(None, "state", "due_at"))


class DailyUsage(TenantOwned, Base):
    """What a tenant's answers took of the language model on a day."""

    __tablename__ = "spendings"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    answers: Mapped[int] = mapped_column(default=0)
    tokens_in: Mapped[int] = mapped_column(BigInteger, default=0)
    tokens_out: Mapped[int] = mapped_column(BigInteger, default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)


class Rating(TenantOwned, Base):
    """What a person thinks of an answer; the question's ``text`` only where they send it along."""

    __tablename__ = "opinions"

    question_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    good: Mapped[bool]
    text: Mapped[str | None]
    created_at: Mapped[datetime]


class WorkerSeen(Base):
    """A worker process by its last heartbeat."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    queue: Mapped[str] = mapped_column(String(20))
    seen_at: Mapped[datetime]
    started_at: Mapped[datetime]


class Alert(Base):
    """What those who run Socrate were told last of a health check."""

    __tablename__ = "alerts"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    changed_at: Mapped[datetime]


class DailyStats(Base):
    """How many documents ended how on a day, and the seconds they took: no tenant, no name."""

    __tablename__ = "tallies"

    day: Mapped[date] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)


def list_owned_models() -> list[type[TenantOwned]]:
    """Every table whose rows belong to a tenant, those that refer to others before those they refer to."""
    owned = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    return [owned[table] for table in reversed(Base.metadata.sorted_tables) if issubclass(owned[table], TenantOwned)]
