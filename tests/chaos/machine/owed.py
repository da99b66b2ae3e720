"""What the world knows about the delivery of messages; the only module of it that does."""

from __future__ import annotations

from sqlalchemy import func, select

from db.engine import Database
from db.models import OutboxMessage
from db.states import OutboxState
from processing.kinds import BY_NAME
from processing.notifications import outbox
from processing.services import Services


def deliver_one(services: Services) -> bool:
    """Send the next due message of one chat; returns False if none is due."""
    chats = outbox.list_due_chats(services, 1)
    return bool(chats) and outbox.deliver_next(services, BY_NAME, chats[0]) is not None


def count_owed(database: Database) -> int:
    """The number of messages that are still to be delivered."""
    with database.upkeep(reading=True) as session:
        waiting = select(func.count()).where(OutboxMessage.state == OutboxState.WAITING)
        return session.scalars(waiting.select_from(OutboxMessage)).one()
