"""Long polling: fetches updates into the inbox as long as the process lives, whatever Telegram answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.ext import ExtBot

from bot.delivery.rate_limiter import get_seconds
from bot.updates.dispatcher import Dispatcher
from errors import SocrateError

LONG_POLL_SECONDS = 25
WANTED = ["message", "edited_message", "callback_query", "my_chat_member"]
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
KEEP_PAUSE_SECONDS = 2.0
log = logging.getLogger(__name__)


class Fetcher:
    """Long polling; ``last_success`` (monotonic seconds) says whether Telegram answers."""

    def __init__(self, bot: ExtBot[Any], dispatcher: Dispatcher) -> None:
        self.bot, self.dispatcher = bot, dispatcher
        self.last_success: float | None = None
        self._offset: int | None = None
        self._pause = FIRST_PAUSE_SECONDS

    async def run(self) -> None:
        await self._leave_webhook()
        while True:
            try:
                await self.fetch()
                self._pause = FIRST_PAUSE_SECONDS
            except RetryAfter as flood:
                await asyncio.sleep(get_seconds(flood))
            except TimedOut:
                continue
            except TelegramError as error:
                await self._wait_out(error)

    async def fetch(self) -> None:
        """One round; the next one confirms these updates to Telegram. The first does not wait: it tells who answers."""
        patience = 0 if self.last_success is None else LONG_POLL_SECONDS
        updates = await self.bot.get_updates(self._offset, timeout=patience, allowed_updates=WANTED)
        self.last_success = time.monotonic()
        if updates:
            await self._keep(updates)

    async def _keep(self, updates: Sequence[Update]) -> None:
        """Only what is kept is confirmed: while the database is away the same updates are fetched again."""
        try:
            await self.dispatcher.keep([update.to_dict() for update in updates])
            self._offset = max(update.update_id for update in updates) + 1
        except SocrateError as error:
            log.warning("updates_not_kept", extra={"error": error.key, "count": len(updates)})
            await self.dispatcher.say_busy(updates)
            await asyncio.sleep(KEEP_PAUSE_SECONDS)

    async def _leave_webhook(self) -> None:
        """One that was set before would refuse every fetch."""
        try:
            await self.bot.delete_webhook()
        except TelegramError as error:
            log.warning("webhook_not_left", extra={"error": type(error).__name__})

    def check(self) -> str:
        """Raise ``TimeoutError`` when Telegram has not answered for two rounds."""
        if self.last_success is None or time.monotonic() - self.last_success > 2 * LONG_POLL_SECONDS + 10:
            raise TimeoutError
        return "Answers."

    async def _wait_out(self, error: TelegramError) -> None:
        if isinstance(error, Conflict) and "webhook" in str(error).lower():
            await self._leave_webhook()
        reason = "another bot runs with this token" if isinstance(error, Conflict) else type(error).__name__
        level = logging.ERROR if isinstance(error, InvalidToken | Conflict) else logging.WARNING
        log.log(level, "fetch_failed", extra={"reason": reason, "pause": self._pause})
        await asyncio.sleep(self._pause)
        self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2)
