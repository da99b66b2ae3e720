"""The work queue of all tenants: claims, leases, counts. All functions take a session of ``Database.upkeep``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, func, select, true, update
from sqlalchemy.orm import Session, aliased

from db.models import Document, Question, Task, Tenant
from db.operations.claims import MODELS, Model, change
from db.states import UNFINISHED, State

# Rows read for one claim, because other workers may take the first of them meanwhile.
CLAIM_CANDIDATES = 5
Row = TypeVar("Row", Document, Question, Task)


def claim_next(
    session: Session,
    model: type[Row],
    worker: str,
    now: datetime,
    lease: timedelta,
    *,
    kind: str = "",
    one_per_tenant: bool = False,
) -> Row | None:
    """Claim the next due row for ``lease``, count the attempt and return the row; return None if no row is due.

    Tenants with the fewest rows in work come first, then those served longest ago. The claim is one conditional
    UPDATE on the fencing token that was read, so of two workers that read the same row one gets it. ``kind`` selects
    tasks of one kind; ``one_per_tenant`` skips tenants with such a row in work.
    """
    due = select_due(model, now, kind, one_per_tenant=one_per_tenant)
    for row in session.scalars(due.limit(CLAIM_CANDIDATES)).all():
        seen = (model.id == row.id) & (model.fencing_token == row.fencing_token) & (model.state == row.state)
        claim = (
            update(model)
            .where(seen)
            .values(
                state=State.WORKING,
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


def select_due(model: type[Row], now: datetime, kind: str = "", *, one_per_tenant: bool = False) -> Select[Row]:
    """Return the query for rows that may be claimed, in the order that ``claim_next`` describes."""
    other = aliased(model)
    in_work = (
        select(func.count())
        .select_from(other)
        .where(other.tenant_id == model.tenant_id, other.state == State.WORKING, other.lease_until >= now)
        .where(is_kind(other, kind))
        .correlate(model)
        .scalar_subquery()
    )
    order = (in_work, func.coalesce(Tenant.served_at, Tenant.created_at), model.due_at, model.id)
    due = select(model).join(Tenant, Tenant.id == model.tenant_id).where(is_due(model, now), is_kind(model, kind))
    return (due.where(in_work == 0) if one_per_tenant else due).order_by(*order)


def is_due(model: Model, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a row is queued and due, or in work with an expired lease."""
    waiting = (model.state == State.QUEUED) & (model.due_at <= now)
    abandoned = (model.state == State.WORKING) & (model.lease_until < now)
    return waiting | abandoned


def is_kind(model: Model, kind: str) -> ColumnElement[bool]:
    """Return the condition that a row is of this kind; an empty ``kind`` selects every row."""
    return model.kind == kind if kind else true()


def count_due(session: Session, model: Model, now: datetime, kind: str = "", *, limit: int = 1000) -> int:
    """Return the number of rows that could be claimed at ``now``, at most ``limit``."""
    due = select(model.id).where(is_due(model, now), is_kind(model, kind)).limit(limit)
    return session.scalars(select(func.count()).select_from(due.subquery())).one()


def renew_lease(session: Session, model: Model, row_id: str, fencing_token: int, until: datetime) -> bool:
    """Extend the lease until ``until``. Return False if this fencing token no longer holds the row."""
    held = (model.id == row_id) & (model.fencing_token == fencing_token) & (model.state == State.WORKING)
    return change(session, update(model).where(held).values(lease_until=until)) == 1


def give_back(session: Session, model: Model, row_id: str, fencing_token: int, now: datetime) -> None:
    """Put the row back into the queue, due at ``now``, and do not count the attempt. Do nothing if the token is old."""
    held = (model.id == row_id) & (model.fencing_token == fencing_token) & (model.state == State.WORKING)
    values = {"state": State.QUEUED, "attempts": model.attempts - 1, "worker": None, "lease_until": None, "due_at": now}
    change(session, update(model).where(held).values(**values))


def release_leases(session: Session, worker: str, now: datetime) -> int:
    """Expire the leases of a dead worker, so that its rows are due, and return their number."""
    released = 0
    for model in MODELS:
        held = (model.worker == worker) & (model.state == State.WORKING) & (model.lease_until > now)
        released += change(session, update(model).where(held).values(lease_until=now - timedelta(milliseconds=1)))
    return released


def list_undelivered(
    session: Session, model: Model, now: datetime, kind: str = "", limit: int = 50
) -> Sequence[tuple[int, str]]:
    """Return (tenant id, row id) of ended work whose delivery to the owner is due."""
    ended = select(model.tenant_id, model.id).where(model.deliver_at <= now, model.state.not_in(UNFINISHED))
    ended = ended.where(is_kind(model, kind)).order_by(model.deliver_at).limit(limit)
    return [(tenant, row) for tenant, row in session.execute(ended)]


def list_working_attempts(session: Session) -> set[tuple[str, int]]:
    """Return (row id, fencing token) of all rows in work, also of those whose lease has expired."""
    found: set[tuple[str, int]] = set()
    for model in MODELS:
        working = select(model.id, model.fencing_token).where(model.state == State.WORKING)
        found.update((row, token) for row, token in session.execute(working))
    return found


def count_in_hand(session: Session) -> Counter[str]:
    """Return the number of rows in work for each name of a worker."""
    counts = Counter[str]()
    for model in MODELS:
        working = select(model.worker, func.count()).where(model.state == State.WORKING).group_by(model.worker)
        counts.update({str(worker): count for worker, count in session.execute(working)})
    return counts


def find_oldest_sent_at(session: Session) -> datetime | None:
    """Return the time at which the first of the queued documents was sent; None if no document is queued."""
    return session.scalars(select(func.min(Document.created_at)).where(Document.state == State.QUEUED)).first()


def count_waiting_before(session: Session, created_at: datetime) -> int:
    """Return the number of queued documents, of all tenants, that were sent before ``created_at``."""
    before = (Document.state == State.QUEUED) & (Document.created_at < created_at)
    return session.scalars(select(func.count()).select_from(Document).where(before)).one()
