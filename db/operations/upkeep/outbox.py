"""The messages that a bot owes to all tenants. Needs a session for upkeep."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from db.models import Document, OutboxMessage, Question, Task
from db.operations.claims import change
from db.states import OutboxState

WORK = (Document, Question, Task)


def list_due_chats(session: Session, bot_id: int, now: datetime, limit: int) -> Sequence[int]:
    """Return chats with a due message and none that is being sent, those first whose message is due longest."""
    other = aliased(OutboxMessage)
    sending = exists().where(other.chat_id == OutboxMessage.chat_id, other.lease_until >= now)
    due = select(OutboxMessage.chat_id).where(*_is_due(bot_id, now), ~sending)
    return session.scalars(
        due.group_by(OutboxMessage.chat_id).order_by(func.min(OutboxMessage.due_at)).limit(limit)
    ).all()


def lease_next(session: Session, bot_id: int, chat_id: int, now: datetime, lease: timedelta) -> OutboxMessage | None:
    """Lease the oldest due message of a chat and return it; None if another process has done that."""
    oldest = OutboxMessage.created_at, OutboxMessage.due_at, OutboxMessage.id
    here = select(OutboxMessage).where(*_is_due(bot_id, now), OutboxMessage.chat_id == chat_id)
    row = session.scalars(here.order_by(*oldest).limit(1)).first()
    if row is None or (row.lease_until is not None and row.lease_until >= now):
        return None
    seen = (OutboxMessage.id == row.id) & (OutboxMessage.fencing_token == row.fencing_token)
    leased = {"fencing_token": OutboxMessage.fencing_token + 1, "lease_until": now + lease}
    if change(session, update(OutboxMessage).where(seen).values(**leased)) != 1:
        return None
    session.refresh(row)
    return row


def renew_leases(session: Session, held: Collection[tuple[str, int]], until: datetime) -> None:
    """Extend the leases of (message id, fencing token), unless another process has leased the message."""
    for message_id, fencing_token in held:
        mine = (OutboxMessage.id == message_id) & (OutboxMessage.fencing_token == fencing_token)
        change(session, update(OutboxMessage).where(mine).values(lease_until=until))


def adopt_rows(session: Session, bot_id: int) -> None:
    """Give the rows from before bots were told apart to this bot."""
    for model in (*WORK, OutboxMessage):
        change(session, update(model).where(model.bot_id == 0).values(bot_id=bot_id))


def drop_ended(session: Session, states: Collection[OutboxState], before: datetime) -> None:
    """Delete messages in one of these states that were due before ``before``, and so were delivered or tried last."""
    ended = OutboxMessage.state.in_(states) & (OutboxMessage.due_at < before)
    change(session, delete(OutboxMessage).where(ended))


def list_late(session: Session, before: datetime, limit: int = 1000) -> Sequence[OutboxMessage]:
    """Return messages that were due before ``before`` and wait, and those that Telegram has refused for good."""
    waiting = (OutboxMessage.state == OutboxState.WAITING) & (OutboxMessage.due_at < before)
    refused = OutboxMessage.state == OutboxState.REFUSED
    return session.scalars(select(OutboxMessage).where(waiting | refused).limit(limit)).all()


def _is_due(bot_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.bot_id == bot_id,
        OutboxMessage.state == OutboxState.WAITING,
        OutboxMessage.due_at <= now,
    )
