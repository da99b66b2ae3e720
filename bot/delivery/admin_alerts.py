"""Tells those who run Socrate when a check fails for a while, and when it is well again: once for every change."""

from __future__ import annotations

import asyncio
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
from processing.types import AlertState

LOOK_SECONDS = 30.0
PATIENCE_SECONDS = 120.0
log = logging.getLogger(__name__)


class Watch:
    """Looks at the health checks for as long as the process lives."""

    def __init__(
        self,
        source: StatusSource,
        bot_context: BotContext,
        bot: ExtBot[Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source, self.bot_context, self.bot, self.clock = source, bot_context, bot, clock
        self._failing_since: dict[str, float] = {}
        self._said: set[str] = set()
        # At the first look nothing was seen well yet: what an earlier process said may be over.
        self._seen_well: set[str] = set()
        # Said while the database was away, so that no other process knows.
        self._said_alone: set[str] = set()

    async def run(self) -> None:
        """Whatever goes wrong with a look, the bot beside it must live on."""
        while True:
            try:
                await self.look()
            except Exception as error:
                log.error("watch_failed", exc_info=error)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        for name, check in (await self.source.run_checks()).items():
            if check.ok:
                await self._note_well(name)
            else:
                await self._note_failing(name, check.detail)

    async def _note_failing(self, name: str, detail: str) -> None:
        began = self._failing_since.setdefault(name, self.clock())
        if name not in self._said and self.clock() - began >= PATIENCE_SECONDS:
            self._said.add(name)
            self._seen_well.discard(name)
            await self._change(name, AlertState.FAILING, detail)

    async def _note_well(self, name: str) -> None:
        self._failing_since.pop(name, None)
        self._said.discard(name)
        if name not in self._seen_well:
            self._seen_well.add(name)
            await self._change(name, AlertState.WELL, "")

    async def _change(self, name: str, state: str, detail: str) -> None:
        if not await self._is_ours(name, state):
            return
        log.warning("alert", extra={"check": name, "state": state})
        key = "alert_failing" if state == AlertState.FAILING else "alert_well"
        text = say(DEFAULT, key, check=name, detail=detail) if detail else say(DEFAULT, key, check=name)
        for admin in sorted(self.bot_context.services.settings.admin_users):
            try:
                await self.bot.send_message(admin, text, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW)
            except TelegramError as error:
                log.warning("alert_not_sent", extra={"error": type(error).__name__})

    async def _is_ours(self, name: str, state: str) -> bool:
        """Without a database every process speaks for itself."""
        alone = name in self._said_alone
        try:
            ours = await self.bot_context.run(claim_alert, name, state)
        except SocrateError:
            self._said_alone.add(name)
            return state == AlertState.FAILING
        self._said_alone.discard(name)
        return ours or (alone and state == AlertState.WELL)
