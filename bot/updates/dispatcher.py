"""Handles the updates of the inbox: those of one chat in order, those of different chats at the same time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from telegram import Update
from telegram.ext import ExtBot

from bot.context import BotContext
from bot.updates.job import Handle, UpdateJob
from errors import SocrateError
from processing.jobs import inbox
from processing.jobs.inbox import Arrival, ClaimedUpdate
from processing.jobs.run import run_claimed_async

MOST_AT_ONCE = 128
# Room for button taps beyond that, so that they are answered while so many messages wait for the rate limit.
MOST_TAPS_BEYOND = 64
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
        """Store the updates in the inbox. Raise ``TransientFailure`` if that failed; Telegram must send them again."""
        arrivals = [Arrival(int(payload["update_id"]), find_ordering_key(payload), payload) for payload in payloads]
        await self.bot_context.run(inbox.store_updates, self.bot_id, arrivals)
        self._wake.set()

    async def run(self) -> None:
        """Claim and handle updates until cancelled; those that a dead process of this machine had claimed as well."""
        beating = asyncio.create_task(self._beat())
        try:
            await self._release_dead_holders()
            while True:
                self._wake.clear()
                await self._take()
                await wait_for(self._wake, IDLE_SECONDS)
        finally:
            beating.cancel()

    async def finish(self, seconds: float) -> None:
        """Wait for updates in work for at most ``seconds``, cancel the others, and release what is claimed."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in tuple(self._tasks.values()):
            task.cancel()
        try:
            await self.bot_context.run(inbox.release_updates, self.holder)
        except SocrateError as error:
            log.warning("updates_not_released", extra={"error": error.key})

    async def say_busy(self, updates: Sequence[Update]) -> None:
        """Tell the senders, once for each update, that it waits because the database can't store it."""
        settings = self.bot_context.services.settings
        allowed = settings.allowed_users | settings.admin_users
        for update in updates:
            user = update.effective_user
            if user is not None and update.message and (not settings.allowed_users or user.id in allowed):
                await self.job.say_busy(update)

    async def _release_dead_holders(self) -> None:
        try:
            if count := await self.bot_context.run(inbox.release_dead_holders, self.bot_id):
                log.info("updates_freed", extra={"count": count})
        except Exception as error:
            log.warning("updates_not_freed", extra={"error": type(error).__name__}, exc_info=error)

    async def _take(self) -> None:
        """Claim as many updates as there is room for and begin to handle them. Errors are logged; the loop goes on."""
        room = max(0, MOST_AT_ONCE - len(self._tasks))
        taps = MOST_AT_ONCE + MOST_TAPS_BEYOND - len(self._tasks) - room
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
        """Renew the leases of the updates in work until cancelled."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                if self._tasks:
                    await self.bot_context.run(inbox.renew_updates, self.bot_id, tuple(self._tasks), self.holder)
            except Exception as error:
                log.warning("updates_not_renewed", extra={"error": type(error).__name__}, exc_info=error)


def find_ordering_key(payload: Json) -> int:
    """Return the id of the chat of an update, or of its sender if it has no chat; 0 if it has neither."""
    content: Json = next((part for name, part in payload.items() if name != "update_id"), {})
    chat = (content.get("message") or content).get("chat") or content.get("from") or {}
    return int(chat.get("id", 0))


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, after ``seconds`` at the latest.

    ``asyncio.wait_for`` of Python 3.11 ignores a cancellation that comes together with the event, and the loop around
    it would never end.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
