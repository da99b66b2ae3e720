"""Long polling: fetches updates from Telegram and stores them in the inbox."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

from telegram.error import Conflict

from bot.updates.contact import TelegramContact, choose_pause, name_error
from bot.updates.dispatcher import Dispatcher
from errors import TransientFailure
from processing.jobs.raw_updates import find_next_offset
from processing.runtime.loops import TaskLoop

LONG_POLL_SECONDS = 25
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
# Between calls while Telegram sends updates that can't be confirmed.
UNCONFIRMED_PAUSE_SECONDS = 1.0
# The time of two calls and a slow answer.
LONGEST_SILENCE_SECONDS = 2 * LONG_POLL_SECONDS + 5
log = logging.getLogger(__name__)


class Source(Protocol):
    """What polling needs of the bot."""

    async def fetch_updates(self, offset: int | None, seconds: int, kinds: list[str]) -> list[Any]: ...

    async def delete_webhook(self) -> bool: ...


class UpdatePoller:
    """Fetches updates in a loop that no error ends, because without it the bot receives nothing."""

    def __init__(self, bot: Source, dispatcher: Dispatcher) -> None:
        self.bot, self.dispatcher = bot, dispatcher
        self.contact = TelegramContact(LONGEST_SILENCE_SECONDS)
        self.loop = TaskLoop(
            "polling",
            self.poll,
            0.0,
            first_pause=FIRST_PAUSE_SECONDS,
            longest_pause=LONGEST_PAUSE_SECONDS,
            choose_pause=choose_pause,
            name_error=name_error,
        )
        self._offset: int | None = None
        self._webhook_deleted = False

    async def poll(self) -> None:
        """Fetch updates once and store them; the next call confirms them to Telegram.

        The first call returns at once, so that the health checks soon show whether Telegram answers.
        """
        await self._delete_webhook()
        patience = 0 if self.contact.last_success is None else LONG_POLL_SECONDS
        try:
            updates = await self.bot.fetch_updates(self._offset, patience, ALLOWED_UPDATES)
        except Exception as error:
            self.contact.note_error(error)
            self._webhook_deleted = not (isinstance(error, Conflict) and "webhook" in str(error).lower())
            raise
        self.contact.note_success()
        if updates:
            await self._store(updates)

    async def _store(self, updates: list[Any]) -> None:
        """Confirm only what is stored: while the database is unavailable, the same updates are fetched again."""
        try:
            await self.dispatcher.keep(updates)
        except TransientFailure as error:
            log.warning("updates_not_stored", extra={"error": error.key, "count": len(updates)})
            self.dispatcher.announce_busy(updates)
            raise
        offset = find_next_offset(updates, self._offset)
        if offset == self._offset:
            await asyncio.sleep(UNCONFIRMED_PAUSE_SECONDS)
        self._offset = offset

    async def _delete_webhook(self) -> None:
        """Delete a webhook that was set before, because Telegram refuses polling while there is one."""
        if self._webhook_deleted:
            return
        self._webhook_deleted = True
        try:
            await self.bot.delete_webhook()
        except Exception as error:
            log.warning("webhook_not_deleted", extra={"error": type(error).__name__})
