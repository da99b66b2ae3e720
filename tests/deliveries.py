"""Delivers what the outbox owes, in the thread of the test."""

from __future__ import annotations

from processing.notifications import outbox
from processing.notifications.outbox import Kinds
from processing.services import Services

CHATS_AT_ONCE = 50


def deliver_due(services: Services, kinds: Kinds) -> None:
    """Deliver every message that is due, one after the other."""
    while chats := outbox.list_due_chats(services, CHATS_AT_ONCE):
        for chat_id in chats:
            outbox.deliver_next(services, kinds, chat_id)
