"""What looks over all tenants: people, claims, sweeps, heartbeats, counts. Needs a session opened for upkeep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session, aliased

from db.models import (
    QUEUED,
    UNFINISHED,
    WORKING,
    Document,
    Question,
    Showing,
    Tenant,
)
from db.operations.claims import Model, change

CLAIM_CANDIDATES = 5
Row = TypeVar("Row", Document, Question, Showing)


def claim_next(session: Session, model: type[Row], worker: str, now: datetime, lease: timedelta) -> Row | None:
    """Take the next due row for ``lease``: fewest rows in work first, then the tenant served longest ago.

    The claim is one conditional UPDATE on the fence that was read: of two that read the same, one wins.
    """
    for row in session.scalars(select_due(model, now).limit(CLAIM_CANDIDATES)).all():
        seen = (model.id == row.id) & (model.fencing_token == row.fencing_token) & (model.state == row.state)
        claim = (
            update(model)
            .where(seen)
            .values(
                state=WORKING,
                fencing_token=model.fencing_token + 1,
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


def renew_lease(session: Session, model: Model, row_id: str, fencing_token: int, until: datetime) -> bool:
    held = (model.id == row_id) & (model.fencing_token == fencing_token) & (model.state == WORKING)
    return change(session, update(model).where(held).values(lease_until=until)) == 1


def give_back(session: Session, model: Model, row_id: str, fencing_token: int, now: datetime) -> None:
    """Queue what a process that ends has in hand; the attempt is not counted."""
    held = (model.id == row_id) & (model.fencing_token == fencing_token) & (model.state == WORKING)
    values = {"state": QUEUED, "attempts": model.attempts - 1, "worker": None, "lease_until": None, "due_at": now}
    change(session, update(model).where(held).values(**values))


def release_leases(session: Session, model: Model, worker: str, now: datetime) -> int:
    """End the leases of a worker that is dead: what it held is due from now on. Give how many."""
    held = (model.worker == worker) & (model.state == WORKING) & (model.lease_until > now)
    return change(session, update(model).where(held).values(lease_until=now - timedelta(milliseconds=1)))


def list_undelivered(session: Session, model: Model, now: datetime, limit: int = 50) -> Sequence[tuple[int, str]]:
    """(tenant, row) of ended work whose owner is to be told by now."""
    untold = select(model.tenant_id, model.id).where(model.deliver_at <= now, model.state.not_in(UNFINISHED))
    return [(tenant, row) for tenant, row in session.execute(untold.order_by(model.deliver_at).limit(limit))]


def list_living_attempts(session: Session) -> set[tuple[str, int]]:
    """(document, fence) of all work that may still be going on."""
    return {
        (row, fencing_token)
        for row, fencing_token in session.execute(select(Document.id, Document.fencing_token).where(Document.state == WORKING))
    }


def count_in_hand(session: Session) -> Counter[str]:
    """Rows that each worker works on just now."""
    counts = Counter[str]()
    for model in (Document, Question, Showing):
        working = select(model.worker, func.count()).where(model.state == WORKING).group_by(model.worker)
        counts.update({str(worker): count for worker, count in session.execute(working)})
    return counts


def find_oldest_wait(session: Session) -> datetime | None:
    return session.scalars(select(func.min(Document.created_at)).where(Document.state == QUEUED)).first()


def count_waiting_before(session: Session, created_at: datetime) -> int:
    ahead = select(func.count()).select_from(Document).where(Document.state == QUEUED, Document.created_at < created_at)
    return session.scalars(ahead).one()
