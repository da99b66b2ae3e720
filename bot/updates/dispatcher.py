"""Handles the updates of the inbox: in order within a chat, side by side across chats."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from telegram import Update
from telegram.ext import ExtBot

from bot.context import BotContext
from bot.updates.job import Handle, UpdateJob
from errors import SocrateError
from processing.jobs import inbox
from processing.jobs.inbox import Arrival, ClaimedUpdate
from processing.jobs.run import run_claimed_async

SIDE_BY_SIDE = 128
# Buttons are answered all the same while as many messages wait for the rate limit.
TAPS_BESIDE = 64
IDLE_SECONDS = 1.0
BEAT_SECONDS = 5.0
Json = dict[str, Any]
log = logging.getLogger(__name__)


class Dispatcher:
    """Stores updates and runs a job for each."""

    def __init__(self, bot_context: BotContext, bot: ExtBot[Any], handle: Handle) -> None:
        self.bot_context = bot_context
        self.bot_id = int(bot.token.partition(":")[0])
        self.holder = inbox.name_holder()
        self.job = UpdateJob(bot_context, bot, handle)
        self._wake = asyncio.Event()
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def keep(self, payloads: Sequence[Json]) -> None:
        """Commit the updates and return; after ``TransientFailure`` none of them is stored."""
        arrivals = [Arrival(int(payload["update_id"]), find_ordering_key(payload), payload) for payload in payloads]
        await self.bot_context.run(inbox.store_updates, self.bot_id, arrivals)
        self._wake.set()

    async def run(self) -> None:
        """Run until cancelled: first what an earlier process left, then what comes in."""
        beating = asyncio.create_task(self._beat())
        try:
            await self._free_dead()
            while True:
                self._wake.clear()
                await self._take()
                await wait_for(self._wake, IDLE_SECONDS)
        finally:
            beating.cancel()

    async def finish(self, seconds: float) -> None:
        """Wait for what is being handled, then give back the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in tuple(self._tasks.values()):
            task.cancel()
        try:
            await self.bot_context.run(inbox.release_updates, self.holder)
        except SocrateError as error:
            log.warning("updates_not_released", extra={"error": error.key})

    async def say_busy(self, updates: Sequence[Update]) -> None:
        """Tell senders once that their messages wait, while the database can't even store them."""
        settings = self.bot_context.services.settings
        allowed = settings.allowed_users | settings.admin_users
        for update in updates:
            user = update.effective_user
            if user is not None and update.message and (not settings.allowed_users or user.id in allowed):
                await self.job.say_busy(update)

    async def _free_dead(self) -> None:
        try:
            if count := await self.bot_context.run(inbox.release_dead_holders, self.bot_id):
                log.info("updates_freed", extra={"count": count})
        except Exception as error:
            log.warning("updates_not_freed", extra={"error": type(error).__name__}, exc_info=error)

    async def _take(self) -> None:
        """Claim what there is room for and begin to handle it. The loop lives on whatever fails here."""
        room = max(0, SIDE_BY_SIDE - len(self._tasks))
        taps = SIDE_BY_SIDE + TAPS_BESIDE - len(self._tasks) - room
        if room + taps <= 0:
            return
        try:
            taken = await self.bot_context.run(inbox.claim_updates, self.bot_id, self.holder, room, taps)
        except Exception as error:
            log.warning("updates_not_taken", extra={"error": type(error).__name__}, exc_info=error)
            return
        for claimed in taken:
            self._tasks[claimed.update_id] = asyncio.create_task(self._drive(claimed))

    async def _drive(self, claimed: ClaimedUpdate) -> None:
        try:
            await run_claimed_async(self.job, claimed, claimed.update_id, claimed.attempts)
        finally:
            self._tasks.pop(claimed.update_id, None)
            self._wake.set()

    async def _beat(self) -> None:
        """Renew the leases of what is being handled."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                if self._tasks:
                    await self.bot_context.run(inbox.renew_updates, self.bot_id, tuple(self._tasks), self.holder)
            except Exception as error:
                log.warning("updates_not_renewed", extra={"error": type(error).__name__}, exc_info=error)


def find_ordering_key(payload: Json) -> int:
    """The id of the chat of an update, or 0 if it belongs to none."""
    content: Json = next((part for name, part in payload.items() if name != "update_id"), {})
    chat = (content.get("message") or content).get("chat") or content.get("from") or {}
    return int(chat.get("id", 0))


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
