"""Work on a claimed row: every write carries the fence, so whoever lost the lease changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from db.models import CANCELLED, FAILED, QUEUED, UNFINISHED, WORKING, Document, Question, Showing
from errors import LeaseLost

Model = type[Document] | type[Question] | type[Showing]


def write_claimed(session: Session, tenant_id: int, model: Model, row_id: str, fencing_token: int, /, **values: Any) -> None:
    """Change the row if this fence still holds it; ``LeaseLost`` otherwise."""
    held = (model.tenant_id == tenant_id) & (model.id == row_id) & (model.fencing_token == fencing_token) & (model.state == WORKING)
    if change(session, update(model).where(held).values(**values)) != 1:
        raise LeaseLost


def is_cancel_requested(session: Session, tenant_id: int, model: Model, row_id: str) -> bool:
    """True also when the row is gone: there is nothing left to work for."""
    wanted = select(model.cancel_requested).where(model.tenant_id == tenant_id, model.id == row_id)
    return session.scalars(wanted).first() is not False


def finish(
    session: Session,
    tenant_id: int,
    model: Model,
    row_id: str,
    fencing_token: int,
    state: str,
    now: datetime,
    /,
    **values: Any,
) -> None:
    """End the work and put down, in the same transaction, that the owner is to be told."""
    write_claimed(
        session,
        tenant_id,
        model,
        row_id,
        fencing_token,
        state=state,
        finished_at=now,
        deliver_at=now,
        lease_until=None,
        worker=None,
        **values,
    )


def put_back(
    session: Session, tenant_id: int, model: Model, row_id: str, fencing_token: int, due_at: datetime, *, counted: bool
) -> None:
    """Return the row to the queue; ``counted`` false takes the attempt back (nobody's fault)."""
    values: dict[str, Any] = {"state": QUEUED, "due_at": due_at, "lease_until": None, "worker": None}
    if not counted:
        values["attempts"] = model.attempts - 1
    write_claimed(session, tenant_id, model, row_id, fencing_token, **values)


def request_cancel(session: Session, tenant_id: int, model: Model, row_id: str, now: datetime) -> str:
    """End a queued row at once, ask a working one to stop; give the state it is in afterwards."""
    mine = (model.tenant_id == tenant_id) & (model.id == row_id)
    ended = {"state": CANCELLED, "finished_at": now, "deliver_at": now, "fence": model.fencing_token + 1}
    if change(session, update(model).where(mine, model.state == QUEUED).values(**ended)) == 1:
        return CANCELLED
    change(session, update(model).where(mine, model.state == WORKING).values(cancel_requested=True))
    return session.scalars(select(model.state).where(mine)).first() or CANCELLED


def queue_again(session: Session, tenant_id: int, row_id: str, now: datetime) -> bool:
    """Give a failed document its attempts back; False where it has not failed."""
    failed = (Document.tenant_id == tenant_id) & (Document.id == row_id) & (Document.state == FAILED)
    fresh: dict[str, Any] = {
        "state": QUEUED,
        "attempts": 0,
        "due_at": now,
        "error_key": None,
        "error_facts": {},
        "deliver_at": None,
        "cancel_requested": False,
        "started_at": None,
        "finished_at": None,
        "stage": None,
        "done": 0,
        "total": None,
    }
    return change(session, update(Document).where(failed).values(**fresh)) == 1


def claim_delivery(session: Session, tenant_id: int, model: Model, row_id: str, now: datetime, pause: timedelta) -> bool:
    """Take the telling of an ended row for ``pause``; False where it is told or another is at it."""
    due = (model.tenant_id == tenant_id) & (model.id == row_id) & (model.deliver_at <= now)
    ended = model.state.not_in(UNFINISHED)
    return change(session, update(model).where(due, ended).values(deliver_at=now + pause)) == 1


def mark_delivered(session: Session, tenant_id: int, model: Model, row_id: str, message_id: int | None) -> None:
    values: dict[str, Any] = {"deliver_at": None} | ({"message_id": message_id} if message_id else {})
    change(session, update(model).where(model.tenant_id == tenant_id, model.id == row_id).values(**values))


def postpone_delivery(session: Session, tenant_id: int, model: Model, row_id: str, until: datetime) -> None:
    untold = (model.tenant_id == tenant_id) & (model.id == row_id) & model.deliver_at.is_not(None)
    change(session, update(model).where(untold).values(deliver_at=until))


def change(session: Session, statement: Any) -> int:
    """Rows changed by an UPDATE that leaves objects in memory as they are."""
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount
