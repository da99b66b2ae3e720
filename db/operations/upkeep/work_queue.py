"""The work queue of all tenants: claims, leases, counts. All functions take a session of ``Database.upkeep``."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, select, true, update
from sqlalchemy.orm import Session, aliased

from db.models import Document, Question, Task, Tenant
from db.operations.claims import MODELS, Model, change
from db.states import State

# Rows read for one claim, because other workers may take the first of them meanwhile.
CLAIM_CANDIDATES = 5
# The pause before a suspect is tried again whose process has died once more. An expired lease was a pause already.
SUSPECT_PAUSE = timedelta(seconds=5)
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
    suspect: bool = False,
    most_per_tenant: int | None = None,
) -> Row | None:
    """Claim the next due row for ``lease``, count the attempt and return the row; return None if no row is due.

    Tenants with the fewest rows in work come first, then those served longest ago. The claim is one conditional
    UPDATE on the fencing token that was read, so of two workers that read the same row one gets it. ``kind`` selects
    tasks of one kind; ``one_per_tenant`` skips tenants with such a row in work. Only suspects are claimed if
    ``suspect`` is True, and only other rows if it is False. Tenants of whom this worker has ``most_per_tenant`` rows
    in work, of any kind, are skipped.
    """
    release_rows(session, model, model.lease_until < now, now)
    due = select_due(model, now, kind, one_per_tenant=one_per_tenant, suspect=suspect)
    if most_per_tenant is not None:
        due = due.where(model.tenant_id.not_in(list_busy_tenants(session, worker, most_per_tenant)))
    for row in session.scalars(due.limit(CLAIM_CANDIDATES)).all():
        if claim_row(session, model, row, worker, now, lease):
            return row
    return None


def claim_row(session: Session, model: type[Row], row: Row, worker: str, now: datetime, lease: timedelta) -> bool:
    """Claim the row and refresh it. Return False if another worker has claimed it since it was read."""
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
    if change(session, claim) != 1:
        return False
    note_served(session, row.tenant_id, now)
    session.refresh(row)
    return True


def note_served(session: Session, tenant_id: int, now: datetime) -> None:
    """Let other tenants with as few rows in work come before this one."""
    session.execute(update(Tenant).where(Tenant.id == tenant_id).values(served_at=now))


def has_waiting_other(
    session: Session, model: Model, tenant_id: int, since: datetime, now: datetime, *, suspect: bool
) -> bool:
    """Return True if another tenant, who has no such row in work, has one that is due since ``since``."""
    in_work = select(model.tenant_id).where(model.state == State.WORKING, model.lease_until >= now)
    waiting = (model.state == State.QUEUED) & (model.due_at <= since) & (model.suspect == suspect)
    others = select(model.id).where(waiting, model.tenant_id != tenant_id, model.tenant_id.not_in(in_work))
    return session.scalars(others.limit(1)).first() is not None


def list_busy_tenants(session: Session, worker: str, most: int) -> list[int]:
    """Return the tenants of whom this worker has at least ``most`` rows in work."""
    counts = Counter[int]()
    for model in MODELS:
        held = select(model.tenant_id).where(model.worker == worker, model.state == State.WORKING)
        counts.update(session.scalars(held))
    return [tenant_id for tenant_id, count in counts.items() if count >= most]


def select_due(
    model: type[Row], now: datetime, kind: str = "", *, one_per_tenant: bool = False, suspect: bool = False
) -> Select[Row]:
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
    due = due.where(model.suspect == suspect)
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


def has_due_suspect(session: Session, model: Model, now: datetime, kind: str = "") -> bool:
    """Return True if a suspect could be claimed at ``now``. A row whose lease has expired counts as one."""
    abandoned = model.state == State.WORKING
    due = select(model.id).where(is_due(model, now), is_kind(model, kind), model.suspect | abandoned)
    return session.scalars(due.limit(1)).first() is not None


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
    """Put the rows of a dead worker back into the queue, and return their number."""
    return sum(release_rows(session, model, model.worker == worker, now, SUSPECT_PAUSE) for model in MODELS)


def release_rows(
    session: Session, model: Model, condition: ColumnElement[bool], now: datetime, pause: timedelta = timedelta()
) -> int:
    """Put rows in work whose process has died back into the queue, as suspects, and return their number.

    Any of the rows that a process had in work may have ended it, so nothing is counted against them. A row that was a
    suspect had the process to itself: its attempt stays counted, and the next one begins after ``pause``.
    """
    held = (model.state == State.WORKING) & condition
    free: dict[str, Any] = {"state": State.QUEUED, "worker": None, "lease_until": None}
    counted = free | {"due_at": now + pause}
    taken_back = free | {"due_at": now, "suspect": True, "attempts": model.attempts - 1}
    released = change(session, update(model).where(held, model.suspect.is_(True)).values(**counted))
    return released + change(session, update(model).where(held).values(**taken_back))


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
