"""Tells administrators when a health check fails for a while and when it works again, once for each change."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.context import NO_PREVIEW, BotContext
from bot.languages import DEFAULT
from bot.texts import say
from bot.web.status import StatusSource
from errors import SocrateError
from processing.maintenance.alerts import claim_alert
from processing.runtime.loops import TaskLoop
from processing.types import AlertState

CHECK_SECONDS = 30.0
# A check must fail for this long before an alert is sent.
PATIENCE_SECONDS = 120.0
log = logging.getLogger(__name__)


class AdminAlerts:
    """Runs the health checks every ``CHECK_SECONDS`` and sends alerts to administrators."""

    def __init__(
        self,
        source: StatusSource,
        bot_context: BotContext,
        bot: ExtBot[Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source, self.bot_context, self.bot, self.clock = source, bot_context, bot, clock
        self._failing_since: dict[str, float] = {}
        self._alerted: set[str] = set()
        # Empty at first, so that a check which failed for an earlier process is announced as working again.
        self._seen_well: set[str] = set()
        # Checks whose last change no process could claim, because the database was unavailable.
        self._alerted_alone: set[str] = set()
        self.loop = TaskLoop("alerts", self.check_once, CHECK_SECONDS)

    async def check_once(self) -> None:
        """Run all health checks and send alerts about those whose state has changed."""
        for name, check in (await self.source.run_checks()).items():
            if check.ok:
                await self._note_well(name)
            else:
                await self._note_failing(name, check.detail)

    async def _note_failing(self, name: str, detail: str) -> None:
        began = self._failing_since.setdefault(name, self.clock())
        if name not in self._alerted and self.clock() - began >= PATIENCE_SECONDS:
            self._alerted.add(name)
            self._seen_well.discard(name)
            await self._alert(name, AlertState.FAILING, detail)

    async def _note_well(self, name: str) -> None:
        self._failing_since.pop(name, None)
        self._alerted.discard(name)
        if name not in self._seen_well:
            self._seen_well.add(name)
            await self._alert(name, AlertState.WELL, "")

    async def _alert(self, name: str, state: AlertState, detail: str) -> None:
        if not await self._claim(name, state):
            return
        log.warning("alert", extra={"check": name, "state": state})
        key = "alert_failing" if state == AlertState.FAILING else "alert_well"
        text = say(DEFAULT, key, check=name, detail=detail) if detail else say(DEFAULT, key, check=name)
        for admin in sorted(self.bot_context.services.settings.admin_users):
            try:
                await self.bot.send_message(admin, text, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW)
            except TelegramError as error:
                log.warning("alert_not_sent", extra={"error": type(error).__name__})

    async def _claim(self, name: str, state: AlertState) -> bool:
        """Return True if this process is to send the alert.

        While the database is unavailable, every process sends alerts about failures, and none about recoveries.
        """
        alone = name in self._alerted_alone
        try:
            claimed = await self.bot_context.run(claim_alert, name, state)
        except SocrateError:
            self._alerted_alone.add(name)
            return state == AlertState.FAILING
        self._alerted_alone.discard(name)
        return claimed or (alone and state == AlertState.WELL)
