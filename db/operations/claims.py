"""Writes to the rows of work.

While a worker has a row, it writes with the fencing token of its claim, so that it changes nothing once it has lost its
lease. Requests of the owner name no token.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from db.models import Document, Question, Task
from db.states import UNFINISHED, State
from errors import LeaseLost

Model = type[Document] | type[Question] | type[Task]
Row = TypeVar("Row", Document, Question, Task)
MODELS: tuple[Model, ...] = (Document, Question, Task)


def write_claimed(
    session: Session, tenant_id: int, model: Model, row_id: str, fencing_token: int, /, **values: Any
) -> None:
    """Update the row. Raise ``LeaseLost`` if this fencing token no longer holds it."""
    held = (model.id == row_id) & (model.fencing_token == fencing_token) & (model.state == State.WORKING)
    if change(session, update(model).where(model.tenant_id == tenant_id, held).values(**values)) != 1:
        raise LeaseLost


def get_row(session: Session, tenant_id: int, model: type[Row], row_id: str) -> Row:
    """Return the row. Raise ``LeaseLost`` if it is gone."""
    row = session.scalars(select(model).where(model.tenant_id == tenant_id, model.id == row_id)).first()
    if row is None:
        raise LeaseLost
    return row


def is_cancel_requested(session: Session, tenant_id: int, model: Model, row_id: str) -> bool:
    """Return True if the owner asked to cancel the work, or if the row is gone."""
    wanted = select(model.cancel_requested).where(model.tenant_id == tenant_id, model.id == row_id)
    return session.scalars(wanted).first() is not False


def finish(
    session: Session,
    tenant_id: int,
    model: Model,
    row_id: str,
    fencing_token: int,
    state: State,
    now: datetime,
    /,
    **values: Any,
) -> None:
    """Store the final state. Raise ``LeaseLost`` if this fencing token no longer holds the row."""
    values = {"state": state, "finished_at": now, "lease_until": None, "worker": None} | values
    write_claimed(session, tenant_id, model, row_id, fencing_token, **values)


def put_back(
    session: Session, tenant_id: int, model: Model, row_id: str, fencing_token: int, due_at: datetime, *, counted: bool
) -> None:
    """Put the row back into the queue, due at ``due_at``. Unless ``counted``, the attempt is taken back.

    Raise ``LeaseLost`` if this fencing token no longer holds the row.
    """
    values: dict[str, Any] = {"state": State.QUEUED, "due_at": due_at, "lease_until": None, "worker": None}
    if not counted:
        values["attempts"] = model.attempts - 1
    write_claimed(session, tenant_id, model, row_id, fencing_token, **values)


def request_cancel(session: Session, tenant_id: int, model: Model, row_id: str, now: datetime) -> str:
    """Cancel a queued row at once, or ask the worker of a row in work to stop.

    Return the state of the row afterwards, ``CANCELLED`` if the row is gone.
    """
    mine = (model.tenant_id == tenant_id) & (model.id == row_id)
    ended = {"state": State.CANCELLED, "finished_at": now, "fencing_token": model.fencing_token + 1}
    if change(session, update(model).where(mine, model.state == State.QUEUED).values(**ended)) == 1:
        return State.CANCELLED
    change(session, update(model).where(mine, model.state == State.WORKING).values(cancel_requested=True))
    return session.scalars(select(model.state).where(mine)).first() or State.CANCELLED


def queue_again(session: Session, tenant_id: int, row_id: str, due_at: datetime, **values: Any) -> bool:
    """Queue a failed document again, with its attempts set to 0. Return False if the document has not failed."""
    failed = (Document.tenant_id == tenant_id) & (Document.id == row_id) & (Document.state == State.FAILED)
    fresh: dict[str, Any] = {
        "state": State.QUEUED,
        "attempts": 0,
        "due_at": due_at,
        "error_key": None,
        "error_facts": {},
        "cancel_requested": False,
        "started_at": None,
        "finished_at": None,
        "stage": None,
        "done": 0,
        "total": None,
    }
    return change(session, update(Document).where(failed).values(**fresh | values)) == 1


def make_due(session: Session, tenant_id: int, model: Model, row_id: str, now: datetime) -> None:
    """Let a queued row be claimed from ``now`` on, if it is due later."""
    queued = (model.tenant_id == tenant_id) & (model.id == row_id) & (model.state == State.QUEUED)
    change(session, update(model).where(queued, model.due_at > now).values(due_at=now))


def move_message(session: Session, tenant_id: int, model: Model, row_id: str, message_id: int) -> None:
    """Store which message shows the outcome of an ended row."""
    ended = (model.tenant_id == tenant_id) & (model.id == row_id) & model.state.not_in(UNFINISHED)
    change(session, update(model).where(ended).values(message_id=message_id))


def change(session: Session, statement: Any) -> int:
    """Execute an UPDATE or DELETE and return the number of rows. Objects loaded by the session stay as they are."""
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], result).rowcount
