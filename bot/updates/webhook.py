"""Has updates pushed to a webhook, and looks after it for as long as the process lives."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from telegram import WebhookInfo
from telegram.error import RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.delivery.rate_limiter import get_seconds
from bot.updates.polling import WANTED

LOOK_SECONDS = 25.0
PAUSE_SECONDS = 3.0
# Two looks and a slow answer.
LONGEST_SILENCE_SECONDS = 2 * LOOK_SECONDS + 10
log = logging.getLogger(__name__)


class WebhookKeeper:
    """Sets the webhook, again where it is another's; ``last_success`` (monotonic seconds) is the last sound look."""

    def __init__(self, bot: ExtBot[Any], url: str, secret: str) -> None:
        self.bot, self.url, self.secret = bot, url, secret
        self.last_success: float | None = None
        self._last_error: object = None

    async def run(self) -> None:
        while True:
            try:
                await self.look()
                await asyncio.sleep(LOOK_SECONDS)
            except RetryAfter as flood:
                await asyncio.sleep(get_seconds(flood))
            except TelegramError as error:
                log.warning("webhook_not_seen", extra={"error": type(error).__name__})
                await asyncio.sleep(PAUSE_SECONDS)

    async def look(self) -> None:
        """Ask Telegram where it pushes to; say what it complains of once."""
        info = await self.bot.get_webhook_info()
        if info.url != self.url or self.last_success is None:
            await self.bot.set_webhook(self.url, secret_token=self.secret, allowed_updates=WANTED)
            log.info("webhook_set")
        self.last_success = time.monotonic()
        self._note_complaint(info)

    def check(self) -> str:
        """Raise ``TimeoutError`` when Telegram has not answered for two looks."""
        if self.last_success is None or time.monotonic() - self.last_success > LONGEST_SILENCE_SECONDS:
            raise TimeoutError
        return "Answers."

    def _note_complaint(self, info: WebhookInfo) -> None:
        if info.last_error_date is not None and info.last_error_date != self._last_error:
            self._last_error = info.last_error_date
            log.warning(
                "webhook_complaint",
                extra={"reason": info.last_error_message, "pending": info.pending_update_count},
            )
