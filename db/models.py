"""Tables: tenants with what they own, updates from Telegram, workers, alerts, daily statistics."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base as Base
from db.base import Moment as Moment
from db.base import TenantOwned as TenantOwned
from db.base import index_part
from db.derived import Sketch as Sketch
from db.derived import UpkeepLease as UpkeepLease
from db.running import Alert as Alert
from db.running import DailyStats as DailyStats
from db.running import WorkerSeen as WorkerSeen
from db.states import OutboxState, QuestionKind, State, UpdateState


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


class Work(TenantOwned):
    """A row that workers claim.

    ``fencing_token`` counts the claims: a worker whose token is older than the row's may change nothing. A queued row
    may be claimed from ``due_at`` on, a working one after ``lease_until``. ``suspect`` is True once a process has died
    while it had the row in work: the row is tried in a process of its own from then on. ``bot_id`` is the bot in whose
    chat it was asked for, 0 in rows from before bots were told apart.
    """

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default=State.QUEUED)
    fencing_token: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    suspect: Mapped[bool] = mapped_column(default=False)
    error_key: Mapped[str | None] = mapped_column(String(64))
    error_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    bot_id: Mapped[int] = mapped_column(BigInteger, default=0)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Document(Work, Base):
    """A file that somebody sent.

    ``words_version`` and ``archive_version`` are the fencing tokens of the attempts whose passages and whose archive
    are in use, None if there are none. ``model`` names the embedding model for which the passages were cut, which is
    that of the archive. ``hashes`` maps the names of the archive's files, and before those of the passages and the word
    index, to their SHA-256.

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
        Index(None, "tenant_id", "unique_id"),
        Index(None, "state", "due_at"),
        index_part("ix_documents_queued", "created_at", where="state = 'queued'"),
        index_part("ix_documents_working", "tenant_id", "lease_until", where="state = 'working'"),
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

    __table_args__ = (
        Index(None, "tenant_id", "created_at"),
        Index(None, "created_at"),
        Index(None, "state", "due_at"),
        index_part("ix_questions_working", "tenant_id", "lease_until", where="state = 'working'"),
    )


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
    )


class OutboxMessage(TenantOwned, Base):
    """A message that a bot owes to a person, such as how work ended. Delivered ones are kept for a while.

    ``kind`` names the kind of work and ``subject`` its row, which may be deleted meanwhile. ``content`` is what the
    kind needs to render the message. ``message_id`` is the message to be replaced, None for a new one. Of a long text
    ``parts_sent`` messages have been sent. A message is sent by the process that holds its lease; ``fencing_token``
    counts the leases, ``attempts`` those that Telegram ended with a refusal. ``problem`` names the last error.
    """

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    bot_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(40))
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    parts_sent: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(12), default=OutboxState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(64))
    fencing_token: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "bot_id", "state", "due_at"),
        Index(None, "tenant_id", "subject"),
        Index(None, "chat_id", "lease_until"),
    )


class InboxUpdate(Base):
    """An update as Telegram sent it.

    ``raw`` is its JSON in ASCII, empty once it is handled; that of a dead letter may be cut. ``is_tap`` is True for a
    tap on a button. Updates with the same ``ordering_key`` (their chat) are handled one after the other. ``attempts``
    counts the claims and serves as the fencing token. ``problem`` says why an update became a dead letter, without
    words of people.
    """

    __tablename__ = "updates"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ordering_key: Mapped[int] = mapped_column(BigInteger)
    raw: Mapped[str] = mapped_column(Text)
    is_tap: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12), default=UpdateState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    received_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(200))

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

    __table_args__ = (Index(None, "tenant_id"),)


class DailyUsage(TenantOwned, Base):
    """The usage of the language model by a tenant's answers on one day (UTC)."""

    __tablename__ = "daily_usage"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    answers: Mapped[int] = mapped_column(default=0)
    tokens_in: Mapped[int] = mapped_column(BigInteger, default=0)
    tokens_out: Mapped[int] = mapped_column(BigInteger, default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)

    __table_args__ = (Index(None, "day"),)


class Event(TenantOwned, Base):
    """Something that a tenant did, such as an upload. Rate limits count these rows.

    ``id`` is made from the update that asked for it, or from the message of a file, so that what is handled twice
    counts once and brings nothing twice. Nothing that the person does deletes the row except ``/forgetme``; the
    reconciler deletes it after two days.
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

    __table_args__ = (Index(None, "tenant_id"), Index(None, "created_at"))


def list_owned_models() -> list[type[TenantOwned]]:
    """Return the models of tenants' rows, in an order in which their rows can be deleted: referring tables first."""
    owned = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    return [owned[table] for table in reversed(Base.metadata.sorted_tables) if issubclass(owned[table], TenantOwned)]
