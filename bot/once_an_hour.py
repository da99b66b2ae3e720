"""Remembers which chats were told something within the last hour."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

SECONDS = 3600.0
# Of the chats that were told last, so many are remembered.
MOST_CHATS = 10_000


@dataclass
class OnceAnHour:
    """Allows one message an hour to each chat."""

    now: Callable[[], float] = time.monotonic
    told: dict[int, float] = field(default_factory=dict)

    def take(self, chat_id: int) -> bool:
        """Return True, and remember that, if nothing was sent to the chat within the last hour."""
        now = self.now()
        if chat_id in self.told and now - self.told[chat_id] < SECONDS:
            return False
        self.told.pop(chat_id, None)
        self.told[chat_id] = now
        if len(self.told) > MOST_CHATS:
            del self.told[next(iter(self.told))]
        return True
