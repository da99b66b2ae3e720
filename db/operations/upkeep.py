"""What looks over all tenants: people, claims, sweeps, heartbeats, counts. Needs a session opened for upkeep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session, aliased

from db.models import (
    CANCELLED,
    FAILED,
    QUEUED,
    UNFINISHED,
    WORKING,
    Alert,
    Document,
    Question,
    Showing,
    Tally,
    Tenant,
    WorkerSeen,
)
from db.operations.claims import Model, change

CLAIM_CANDIDATES = 5
Row = TypeVar("Row", Document, Question, Showing)


def claim_next(session: Session, model: type[Row], worker: str, now: datetime, lease: timedelta) -> Row | None:
    """Take the next due row for ``lease``: fewest rows in work first, then the tenant served longest ago.

    The claim is one conditional UPDATE on the fence that was read: of two that read the same, one wins.
    """
    for row in session.scalars(select_due(model, now).limit(CLAIM_CANDIDATES)).all():
        seen = (model.id == row.id) & (model.fence == row.fence) & (model.state == row.state)
        claim = (
            update(model)
            .where(seen)
            .values(
                state=WORKING,
                fence=model.fence + 1,
                attempts=model.attempts + 1,
                worker=worker,
                lease_until=now + lease,
                started_at=func.coalesce(model.started_at, now),
            )
        )
        if change(session, claim) == 1:
            session.execute(update(Tenant).where(Tenant.id == row.tenant_id).values(served_at=now))
            session.refresh(row)
            return row
    return None


def select_due(model: type[Row], now: datetime) -> Select[Row]:
    """Rows that may be claimed, in the order of fairness between tenants."""
    other = aliased(model)
    in_work = (
        select(func.count())
        .select_from(other)
        .where(other.tenant_id == model.tenant_id, other.state == WORKING, other.lease_until >= now)
        .correlate(model)
        .scalar_subquery()
    )
    order = (in_work, func.coalesce(Tenant.served_at, Tenant.created_at), model.due_at, model.id)
    return select(model).join(Tenant, Tenant.id == model.tenant_id).where(is_due(model, now)).order_by(*order)


def is_due(model: Model, now: datetime) -> ColumnElement[bool]:
    """Queued with its time come, or in work with its lease run out."""
    waiting = (model.state == QUEUED) & (model.due_at <= now)
    abandoned = (model.state == WORKING) & (model.lease_until < now)
    return waiting | abandoned


def count_due(session: Session, model: Model, now: datetime) -> int:
    return session.scalars(select(func.count()).select_from(model).where(is_due(model, now))).one()


def renew_lease(session: Session, model: Model, row_id: str, fence: int, until: datetime) -> bool:
    held = (model.id == row_id) & (model.fence == fence) & (model.state == WORKING)
    return change(session, update(model).where(held).values(lease_until=until)) == 1


def give_back(session: Session, model: Model, row_id: str, fence: int, now: datetime) -> None:
    """Queue what a process that ends has in hand; the attempt is not counted."""
    held = (model.id == row_id) & (model.fence == fence) & (model.state == WORKING)
    values = {"state": QUEUED, "attempts": model.attempts - 1, "worker": None, "lease_until": None, "due_at": now}
    change(session, update(model).where(held).values(**values))


def release_leases(session: Session, model: Model, worker: str, now: datetime) -> int:
    """End the leases of a worker that is dead: what it held is due from now on. Give how many."""
    held = (model.worker == worker) & (model.state == WORKING) & (model.lease_until > now)
    return change(session, update(model).where(held).values(lease_until=now - timedelta(milliseconds=1)))


def list_untold(session: Session, model: Model, now: datetime, limit: int = 50) -> Sequence[tuple[int, str]]:
    """(tenant, row) of ended work whose owner is to be told by now."""
    untold = select(model.tenant_id, model.id).where(model.tell_at <= now, model.state.not_in(UNFINISHED))
    return [(tenant, row) for tenant, row in session.execute(untold.order_by(model.tell_at).limit(limit))]


def list_told_and_over(session: Session, before: datetime, limit: int = 50) -> Sequence[tuple[int, str]]:
    """(tenant, document) of what was cancelled or cannot be tried again, whose owner knows, and which ended before."""
    for_good = Document.error_facts["retryable"].as_boolean().is_not(True)
    over = (Document.state == CANCELLED) | ((Document.state == FAILED) & for_good)
    told = (Document.tell_at.is_(None)) & (Document.finished_at < before)
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


def list_living_attempts(session: Session) -> set[tuple[str, int]]:
    """(document, fence) of all work that may still be going on."""
    return {
        (row, fence)
        for row, fence in session.execute(select(Document.id, Document.fence).where(Document.state == WORKING))
    }


def find_tenant(session: Session, telegram_id: int) -> Tenant | None:
    return session.scalars(select(Tenant).where(Tenant.telegram_id == telegram_id)).first()


def ensure_tenant(session: Session, telegram_id: int, language: str, now: datetime) -> Tenant:
    """The tenant of a Telegram user, made at the first sight; two first messages at once make one."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    values = {"telegram_id": telegram_id, "language": language, "created_at": now}
    session.execute(insert(Tenant).values(**values).on_conflict_do_nothing(index_elements=["telegram_id"]))
    tenant = session.scalars(select(Tenant).where(Tenant.telegram_id == telegram_id)).one()
    tenant.language = language
    tenant.unreachable_at = None
    return tenant


def touch_worker(session: Session, worker: str, queue: str, now: datetime) -> None:
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    values = {"id": worker, "queue": queue, "seen_at": now, "started_at": now}
    fresh = {"seen_at": now}
    session.execute(insert(WorkerSeen).values(**values).on_conflict_do_update(index_elements=["id"], set_=fresh))


def drop_worker(session: Session, worker: str) -> None:
    session.execute(delete(WorkerSeen).where(WorkerSeen.id == worker))


def drop_silent_workers(session: Session, before: datetime) -> None:
    session.execute(delete(WorkerSeen).where(WorkerSeen.seen_at < before))


def list_workers(session: Session) -> Sequence[WorkerSeen]:
    return session.scalars(select(WorkerSeen).order_by(WorkerSeen.id)).all()


def count_in_hand(session: Session) -> Counter[str]:
    """Rows that each worker works on just now."""
    counts = Counter[str]()
    for model in (Document, Question, Showing):
        working = select(model.worker, func.count()).where(model.state == WORKING).group_by(model.worker)
        counts.update({str(worker): count for worker, count in session.execute(working)})
    return counts


def change_alert(session: Session, name: str, state: str, now: datetime) -> bool:
    """Note how a check stands; True where that is news. A check never spoken of stands as well."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    fresh = insert(Alert).values(name=name, state="well", changed_at=now)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
    news = (Alert.name == name) & (Alert.state != state)
    return change(session, update(Alert).where(news).values(state=state, changed_at=now)) == 1


def add_tally(session: Session, day: date, outcome: str, seconds: float) -> None:
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    values = {"day": day, "outcome": outcome, "count": 1, "seconds": seconds}
    more = {"count": Tally.count + 1, "seconds": Tally.seconds + seconds}
    session.execute(insert(Tally).values(**values).on_conflict_do_update(index_elements=["day", "outcome"], set_=more))


def list_tallies(session: Session, since: date) -> Sequence[Tally]:
    return session.scalars(select(Tally).where(Tally.day >= since)).all()


def count_by_state(session: Session) -> dict[str, int]:
    rows = session.execute(select(Document.state, func.count()).group_by(Document.state))
    return {str(state): int(count) for state, count in rows}


def list_running(session: Session, limit: int = 20) -> Sequence[Document]:
    return session.scalars(
        select(Document).where(Document.state == WORKING).order_by(Document.started_at).limit(limit)
    ).all()


def find_oldest_wait(session: Session) -> datetime | None:
    return session.scalars(select(func.min(Document.created_at)).where(Document.state == QUEUED)).first()


def count_waiting_before(session: Session, created_at: datetime) -> int:
    ahead = select(func.count()).select_from(Document).where(Document.state == QUEUED, Document.created_at < created_at)
    return session.scalars(ahead).one()


def drop_old_questions(session: Session, before: datetime) -> None:
    """What was asked is not kept longer than it is of use."""
    told = (Question.tell_at.is_(None)) & (Question.state.not_in(UNFINISHED))
    session.execute(delete(Question).where(told, Question.created_at < before))
