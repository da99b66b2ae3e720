"""Sets the webhook to which Telegram sends updates, and checks regularly that it is still set."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from telegram import WebhookInfo
from telegram.error import RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.delivery.certainty import get_seconds
from bot.updates.polling import ALLOWED_UPDATES

CHECK_SECONDS = 25.0
PAUSE_SECONDS = 3.0
# The time of two checks and a slow answer.
LONGEST_SILENCE_SECONDS = 2 * CHECK_SECONDS + 10
log = logging.getLogger(__name__)


class WebhookKeeper:
    """Sets the webhook, and sets it again if it was changed.

    ``last_success`` is when Telegram answered last, in seconds of the monotonic clock.
    """

    def __init__(self, bot: ExtBot[Any], url: str, secret: str) -> None:
        self.bot, self.url, self.secret = bot, url, secret
        self.last_success: float | None = None
        self._last_error: object = None

    async def run(self) -> None:
        """Check until cancelled. No error ends the loop, because a changed webhook means that no update arrives."""
        while True:
            try:
                await self.ensure_webhook()
                await asyncio.sleep(CHECK_SECONDS)
            except RetryAfter as flood:
                await asyncio.sleep(get_seconds(flood))
            except TelegramError as error:
                log.warning("webhook_not_checked", extra={"error": type(error).__name__})
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception as error:
                log.error("webhook_not_checked", exc_info=error)
                await asyncio.sleep(PAUSE_SECONDS)

    async def ensure_webhook(self) -> None:
        """Set the webhook unless Telegram has it, and log each delivery error that Telegram reports once."""
        info = await self.bot.get_webhook_info()
        if info.url != self.url or self.last_success is None:
            await self.bot.set_webhook(self.url, secret_token=self.secret, allowed_updates=ALLOWED_UPDATES)
            log.info("webhook_set")
        self.last_success = time.monotonic()
        self._log_delivery_error(info)

    def check(self) -> str:
        """Return a sentence. Raise ``TimeoutError`` if Telegram has not answered for the time of two checks."""
        if self.last_success is None or time.monotonic() - self.last_success > LONGEST_SILENCE_SECONDS:
            raise TimeoutError
        return "Answers."

    def _log_delivery_error(self, info: WebhookInfo) -> None:
        if info.last_error_date is not None and info.last_error_date != self._last_error:
            self._last_error = info.last_error_date
            log.warning(
                "webhook_delivery_failed",
                extra={"reason": info.last_error_message, "pending": info.pending_update_count},
            )
