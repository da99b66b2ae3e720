"""Tables: tenants with what they own, updates from Telegram, workers, alerts, daily statistics."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, Index, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.states import QuestionKind, State, UpdateState


class Moment(TypeDecorator[datetime]):
    """A column for a point in time, in UTC.

    SQLite stores no time zones: the zone is removed before a value is stored and added when the value is read.
    """

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
    """The base of all models. Constraints have fixed names so that migrations find them on every database."""

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
    """A Telegram user.

    ``awaiting`` is what the person's next text is taken for: a new name after ``rename:<document id>``, a question if
    it is None. ``fresh_since`` is when their conversation began, ``served_at`` when work of theirs was last claimed.
    """

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
    """Rows that belong to one tenant; a session opened for a tenant sees no others."""

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))


class Work(TenantOwned):
    """A row that workers claim.

    ``fencing_token`` counts the claims: a worker whose token is older than the row's may change nothing. A queued row
    may be claimed from ``due_at`` on, a working one after ``lease_until``. ``deliver_at`` is set while its owner is
    still to be told how it ended.
    """

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default=State.QUEUED)
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
    """A file that somebody sent.

    ``words_version`` and ``archive_version`` are the fencing tokens of the attempts whose passages and whose archive
    are in use, None if there are none. ``model`` names the embedding model of the archive, ``hashes`` maps the names
    of its files to their SHA-256.

    ``size_bytes`` is the size of the file that was sent. ``stored_bytes`` is what the document takes in the storage
    with everything made from it; while it is in work, what is reserved for it. It is None for a document of an earlier
    version until the reconciler has measured it.
    """

    __tablename__ = "documents"

    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    stored_bytes: Mapped[int | None] = mapped_column(BigInteger)
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
    """A question about one document, or about all if ``document_id`` is None.

    ``asked_id`` is the id of the person's message. For the kind ``find``, ``text`` holds the words to look for.
    """

    __tablename__ = "questions"

    kind: Mapped[str] = mapped_column(String(12), default=QuestionKind.QUESTION)
    text: Mapped[str]
    document_id: Mapped[str | None] = mapped_column(String(16))
    asked_id: Mapped[int | None] = mapped_column(BigInteger)
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (Index(None, "tenant_id", "created_at"), Index(None, "state", "due_at"), Index(None, "deliver_at"))


class Task(Work, Base):
    """Any other work for a tenant: a citation preview, an export, an erasure. The row is deleted when the work is over.

    ``arguments`` hold what this kind of work needs, ``result`` what has been done so far. A tenant has at most one row
    of the same ``kind`` and ``subject``.
    """

    __tablename__ = "tasks"

    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        Index(None, "tenant_id", "kind", "subject", unique=True),
        Index(None, "state", "due_at"),
        Index(None, "deliver_at"),
    )


class InboxUpdate(Base):
    """An update as Telegram sent it.

    Updates with the same ``ordering_key`` (their chat) are handled one after the other. ``attempts`` counts the claims
    and serves as the fencing token.
    """

    __tablename__ = "updates"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ordering_key: Mapped[int] = mapped_column(BigInteger)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default=UpdateState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    received_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "state", "ordering_key", "update_id"), Index(None, "state", "finished_at"))


class Citation(TenantOwned, Base):
    """The passage behind a button under an answer, and the span of characters in it that is highlighted.

    ``words_version`` is that of the document at the time of the answer. The row is kept when old questions are
    dropped, and deleted with its document.
    """

    __tablename__ = "citations"

    question_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    passage_index: Mapped[int]
    words_version: Mapped[int]
    mark_start: Mapped[int] = mapped_column(default=0)
    mark_end: Mapped[int] = mapped_column(default=0)


class DailyUsage(TenantOwned, Base):
    """The usage of the language model by a tenant's answers on one day (UTC)."""

    __tablename__ = "daily_usage"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    answers: Mapped[int] = mapped_column(default=0)
    tokens_in: Mapped[int] = mapped_column(BigInteger, default=0)
    tokens_out: Mapped[int] = mapped_column(BigInteger, default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)


class Event(TenantOwned, Base):
    """Something that a tenant did and that is limited, such as an upload; rate limits count these rows.

    ``id`` is made from the update that asked for it, so that an update handled twice counts once. Nothing that the
    person does deletes the row except ``/forgetme``; the reconciler deletes it when no limit counts it any more.
    """

    __tablename__ = "events"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]

    __table_args__ = (Index(None, "tenant_id", "kind", "at"), Index(None, "at"))


class Rating(TenantOwned, Base):
    """A person's rating of an answer. ``text`` holds the question if the person chose to send it along, else None."""

    __tablename__ = "ratings"

    question_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    good: Mapped[bool]
    text: Mapped[str | None]
    created_at: Mapped[datetime]


class WorkerSeen(Base):
    """A worker process and its last heartbeat."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    queue: Mapped[str] = mapped_column(String(20))
    seen_at: Mapped[datetime]
    started_at: Mapped[datetime]


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


def list_owned_models() -> list[type[TenantOwned]]:
    """Return the models of tenants' rows, in an order in which their rows can be deleted: referring tables first."""
    owned = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    return [owned[table] for table in reversed(Base.metadata.sorted_tables) if issubclass(owned[table], TenantOwned)]
