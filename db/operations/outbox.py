"""What a tenant is owed: add messages, find them, record what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db.models import OutboxMessage
from db.operations.claims import change
from db.states import OutboxState


def add_message(session: Session, tenant_id: int, message: OutboxMessage) -> None:
    """Insert the message, unless one with its id is there already."""
    if session.get(OutboxMessage, message.id) is None:
        message.tenant_id = tenant_id
        session.add(message)
        session.flush()


def list_about(session: Session, tenant_id: int, subject: str) -> Sequence[OutboxMessage]:
    """Return the messages about one row of work, oldest first."""
    about = (OutboxMessage.tenant_id == tenant_id) & (OutboxMessage.subject == subject)
    return session.scalars(select(OutboxMessage).where(about).order_by(OutboxMessage.created_at)).all()


def write_leased(session: Session, tenant_id: int, message: OutboxMessage, /, **values: Any) -> bool:
    """Update a message while its lease is held. Return False if another process has leased it, or it is deleted."""
    return change(session, update(OutboxMessage).where(*_hold(tenant_id, message)).values(**values)) == 1


def drop_message(session: Session, tenant_id: int, message_id: str) -> None:
    mine = (OutboxMessage.tenant_id == tenant_id) & (OutboxMessage.id == message_id)
    change(session, delete(OutboxMessage).where(mine))


def is_owed(session: Session, tenant_id: int, kind: str, bot_id: int | None = None) -> bool:
    """Return True if a message of this kind waits to be sent, by this bot or, with None, by any."""
    waiting = (OutboxMessage.kind == kind) & (OutboxMessage.state == OutboxState.WAITING)
    if bot_id is not None:
        waiting &= OutboxMessage.bot_id == bot_id
    return (
        session.scalars(select(OutboxMessage.id).where(OutboxMessage.tenant_id == tenant_id, waiting)).first()
        is not None
    )


def drop_settled(session: Session, tenant_id: int) -> None:
    """Delete the tenant's messages that are not going to be sent, before the time for which they are kept is over."""
    mine = (OutboxMessage.tenant_id == tenant_id) & (OutboxMessage.state != OutboxState.WAITING)
    change(session, delete(OutboxMessage).where(mine))


def drop_superseded(session: Session, tenant_id: int, subject: str) -> None:
    """Delete messages about this row that nobody is sending, because the person knows what they would say."""
    about = (OutboxMessage.tenant_id == tenant_id) & (OutboxMessage.subject == subject)
    waiting = OutboxMessage.lease_until.is_(None) & (OutboxMessage.state != OutboxState.DELIVERED)
    change(session, delete(OutboxMessage).where(about, waiting))


def postpone_chat(session: Session, tenant_id: int, bot_id: int, chat_id: int, until: datetime) -> None:
    """Let no message of this chat that waits be due before ``until``."""
    waiting = (OutboxMessage.tenant_id == tenant_id) & (OutboxMessage.bot_id == bot_id)
    waiting = waiting & (OutboxMessage.state == OutboxState.WAITING)
    here = waiting & (OutboxMessage.chat_id == chat_id) & (OutboxMessage.due_at < until)
    change(session, update(OutboxMessage).where(here).values(due_at=until))


def close_chat(session: Session, tenant_id: int, bot_id: int, chat_id: int) -> Sequence[OutboxMessage]:
    """Keep all messages of a chat that is closed to the bot until the person writes again, and return them."""
    here = (OutboxMessage.bot_id == bot_id) & (OutboxMessage.chat_id == chat_id)
    waiting = (OutboxMessage.tenant_id == tenant_id) & (OutboxMessage.state == OutboxState.WAITING)
    messages = session.scalars(select(OutboxMessage).where(waiting, here)).all()
    for message in messages:
        message.state, message.lease_until = OutboxState.UNREACHABLE, None
    session.flush()
    return messages


def open_chats(session: Session, tenant_id: int, bot_id: int, now: datetime) -> None:
    """Let the messages that were kept while the person could not be reached be due now."""
    kept = (OutboxMessage.tenant_id == tenant_id) & (OutboxMessage.state == OutboxState.UNREACHABLE)
    due = {"state": OutboxState.WAITING, "due_at": now}
    change(session, update(OutboxMessage).where(kept, OutboxMessage.bot_id == bot_id).values(**due))


def _hold(tenant_id: int, message: OutboxMessage) -> tuple[Any, ...]:
    return (
        OutboxMessage.tenant_id == tenant_id,
        OutboxMessage.id == message.id,
        OutboxMessage.fencing_token == message.fencing_token,
    )
