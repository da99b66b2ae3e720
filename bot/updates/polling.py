"""Long polling: fetches updates from Telegram and stores them in the inbox."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.ext import ExtBot

from bot.delivery.certainty import get_seconds
from bot.updates.dispatcher import Dispatcher
from errors import SocrateError

LONG_POLL_SECONDS = 25
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
STORE_PAUSE_SECONDS = 2.0
log = logging.getLogger(__name__)


class UpdatePoller:
    """Fetches updates in a loop; ``last_success`` is when Telegram answered last, in seconds of the monotonic clock."""

    def __init__(self, bot: ExtBot[Any], dispatcher: Dispatcher) -> None:
        self.bot, self.dispatcher = bot, dispatcher
        self.last_success: float | None = None
        self._offset: int | None = None
        self._pause = FIRST_PAUSE_SECONDS

    async def run(self) -> None:
        """Poll until cancelled. No error ends the loop, because without it the bot receives nothing."""
        await self._delete_webhook()
        while True:
            try:
                await self.poll()
                self._pause = FIRST_PAUSE_SECONDS
            except RetryAfter as flood:
                await asyncio.sleep(get_seconds(flood))
            except TimedOut:
                continue
            except TelegramError as error:
                await self._handle_error(error)
            except Exception as error:
                log.error("polling_failed", extra={"pause": self._pause}, exc_info=error)
                await self._sleep()

    async def poll(self) -> None:
        """Fetch updates once and store them; the next call confirms them to Telegram.

        The first call returns at once, so that the status page soon shows whether Telegram answers.
        """
        patience = 0 if self.last_success is None else LONG_POLL_SECONDS
        updates = await self.bot.get_updates(self._offset, timeout=patience, allowed_updates=ALLOWED_UPDATES)
        self.last_success = time.monotonic()
        if updates:
            await self._store(updates)

    async def _store(self, updates: Sequence[Update]) -> None:
        """Confirm only what is stored: while the database is unavailable, the same updates are fetched again."""
        try:
            await self.dispatcher.keep([update.to_dict() for update in updates])
            self._offset = max(update.update_id for update in updates) + 1
        except SocrateError as error:
            log.warning("updates_not_stored", extra={"error": error.key, "count": len(updates)})
            await self.dispatcher.say_busy(updates)
            await asyncio.sleep(STORE_PAUSE_SECONDS)

    async def _delete_webhook(self) -> None:
        """Delete a webhook that was set before, because Telegram refuses polling while there is one."""
        try:
            await self.bot.delete_webhook()
        except Exception as error:
            log.warning("webhook_not_deleted", extra={"error": type(error).__name__})

    def check(self) -> str:
        """Return a sentence. Raise ``TimeoutError`` if Telegram has not answered for the time of two calls."""
        if self.last_success is None or time.monotonic() - self.last_success > 2 * LONG_POLL_SECONDS + 10:
            raise TimeoutError
        return "Answers."

    async def _handle_error(self, error: TelegramError) -> None:
        if isinstance(error, Conflict) and "webhook" in str(error).lower():
            await self._delete_webhook()
        reason = "another bot runs with this token" if isinstance(error, Conflict) else type(error).__name__
        level = logging.ERROR if isinstance(error, InvalidToken | Conflict) else logging.WARNING
        log.log(level, "polling_failed", extra={"reason": reason, "pause": self._pause})
        await self._sleep()

    async def _sleep(self) -> None:
        """Pause after an error, each time for twice as long up to ``LONGEST_PAUSE_SECONDS``."""
        await asyncio.sleep(self._pause)
        self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2)
