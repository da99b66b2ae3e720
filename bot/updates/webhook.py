"""Sets the webhook to which Telegram sends updates, and checks regularly that it is still set."""

from __future__ import annotations

import logging
from typing import Any

from telegram import WebhookInfo
from telegram.ext import ExtBot

from bot.updates.contact import TelegramContact, choose_pause, name_error
from bot.updates.polling import ALLOWED_UPDATES
from processing.runtime.loops import TaskLoop

CHECK_SECONDS = 25.0
PAUSE_SECONDS = 3.0
LONGEST_PAUSE_SECONDS = 15.0
# The time of two checks and a slow answer.
LONGEST_SILENCE_SECONDS = 2 * CHECK_SECONDS + 5
log = logging.getLogger(__name__)


class WebhookKeeper:
    """Sets the webhook, and sets it again if it was changed, in a loop that no error ends.

    A webhook that somebody has changed means that no update arrives.
    """

    def __init__(self, bot: ExtBot[Any], url: str, secret: str) -> None:
        self.bot, self.url, self.secret = bot, url, secret
        self.contact = TelegramContact(LONGEST_SILENCE_SECONDS)
        self.loop = TaskLoop(
            "webhook",
            self.ensure_webhook,
            CHECK_SECONDS,
            first_pause=PAUSE_SECONDS,
            longest_pause=LONGEST_PAUSE_SECONDS,
            choose_pause=choose_pause,
            name_error=name_error,
        )
        self._last_error: object = None

    async def ensure_webhook(self) -> None:
        """Set the webhook unless Telegram has it, and log each delivery error that Telegram reports once."""
        try:
            info = await self.bot.get_webhook_info()
            if info.url != self.url or self.contact.last_success is None:
                await self.bot.set_webhook(self.url, secret_token=self.secret, allowed_updates=ALLOWED_UPDATES)
                log.info("webhook_set")
        except Exception as error:
            self.contact.note_error(error)
            raise
        self.contact.note_success()
        self._log_delivery_error(info)

    def _log_delivery_error(self, info: WebhookInfo) -> None:
        if info.last_error_date is not None and info.last_error_date != self._last_error:
            self._last_error = info.last_error_date
            log.warning(
                "webhook_delivery_failed",
                extra={"reason": info.last_error_message, "pending": info.pending_update_count},
            )
