"""Handles the updates of the inbox: those of one chat in order, those of different chats at the same time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from telegram.ext import ExtBot

from bot.context import BotContext
from bot.updates.job import Handle, UpdateJob, parse_update
from processing.jobs import inbox
from processing.jobs.inbox import ClaimedUpdate
from processing.jobs.outcome import Outcome
from processing.jobs.raw_updates import make_arrival
from processing.jobs.run import run_claimed_async
from processing.runtime.loops import TaskLoop

MOST_AT_ONCE = 128
# Room for button taps beyond that, so that they are answered while so many messages wait for the rate limit.
MOST_TAPS_BEYOND = 64
IDLE_SECONDS = 1.0
BEAT_SECONDS = 5.0
# After an attempt that failed the dispatcher looks early, so that a short pause before the next one is short.
RETRY_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
log = logging.getLogger(__name__)


class Dispatcher:
    """Stores updates and runs a job for each. ``loops`` claim updates and renew their leases."""

    def __init__(self, bot_context: BotContext, bot: ExtBot[Any], handle: Handle) -> None:
        self.bot_context = bot_context
        self.bot_id = int(bot.token.partition(":")[0])
        self.holder = inbox.name_holder()
        self.job = UpdateJob(bot_context, bot, handle)
        longest = LONGEST_PAUSE_SECONDS
        self.loops = (
            TaskLoop("dispatcher", self._take, IDLE_SECONDS, rest=self._rest, longest_pause=longest),
            TaskLoop("update leases", self._renew, BEAT_SECONDS, longest_pause=longest),
        )
        self._wake = asyncio.Event()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._suspects: set[int] = set()
        self._released = False
        self._announcing: asyncio.Task[None] | None = None

    async def keep(self, updates: Sequence[object]) -> None:
        """Store the updates in the inbox, whatever they are: JSON values, or ``Unreadable``.

        Raise ``TransientFailure`` if that failed; Telegram must send them again.
        """
        arrivals = [make_arrival(update) for update in updates]
        await self.bot_context.run(inbox.store_updates, self.bot_id, arrivals)
        self._wake.set()

    async def finish(self, seconds: float) -> None:
        """Wait for updates in work for at most ``seconds``, cancel the others, and release what is claimed."""
        if self._announcing is not None:
            self._announcing.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in tuple(self._tasks.values()):
            task.cancel()
        try:
            await self.bot_context.run(inbox.release_updates, self.holder)
        except Exception as error:
            log.warning("updates_not_released", extra={"error": type(error).__name__})

    def announce_busy(self, updates: Sequence[object]) -> None:
        """Begin to tell the senders that their updates wait. Do nothing while senders are being told.

        Nobody waits for it: a sender of many messages is told at the pace that Telegram allows for their chat.
        """
        if self._announcing is None or self._announcing.done():
            self._announcing = asyncio.create_task(self.say_busy(updates))

    async def say_busy(self, updates: Sequence[object]) -> None:
        """Tell each sender once that what they sent waits because the database can't store it."""
        settings = self.bot_context.services.settings
        told = set[int]()
        allowed = settings.allowed_users | settings.admin_users
        for given in updates:
            update = parse_update(given, make_arrival(given).update_id, self.job.bot)
            user = update.effective_user if update else None
            chat = update.effective_chat if update else None
            # In groups nobody waits for an answer, because they get none.
            private = bool(chat and user and chat.id == user.id)
            if update and user and private and update.message and (not settings.allowed_users or user.id in allowed):
                await self.job.say_busy(update, silently=user.id in told)
                told.add(user.id)

    async def _take(self) -> None:
        """Claim as many updates as there is room for and begin to handle them.

        Before the first, release those that a dead process of this machine had claimed.
        """
        self._wake.clear()
        if not self._released:
            if count := await self.bot_context.run(inbox.release_dead_holders, self.bot_id):
                log.info("updates_freed", extra={"count": count})
            self._released = True
        room = max(0, MOST_AT_ONCE - len(self._tasks))
        taps = MOST_AT_ONCE + MOST_TAPS_BEYOND - len(self._tasks) - room
        if room + taps <= 0:
            return
        claimable = await self.bot_context.run(
            inbox.claim_updates,
            self.bot_id,
            self.holder,
            room,
            taps,
            suspects=not self._suspects,
            in_work=tuple(self._tasks),
        )
        for claimed in claimable:
            if claimed.is_suspect:
                self._suspects.add(claimed.update_id)
            self._tasks[claimed.update_id] = asyncio.create_task(self._drive(claimed))

    async def _rest(self, seconds: float) -> None:
        """Return when there may be an update to claim, after ``seconds`` at the latest."""
        await wait_for(self._wake, seconds)

    async def _drive(self, claimed: ClaimedUpdate) -> None:
        try:
            outcome = await run_claimed_async(self.job, claimed, claimed.update_id, claimed.attempts)
            if outcome in (Outcome.RETRIED, Outcome.PUT_BACK):
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self._wake.set)
        finally:
            self._tasks.pop(claimed.update_id, None)
            self._suspects.discard(claimed.update_id)
            self._wake.set()

    async def _renew(self) -> None:
        """Renew the leases of the updates in work."""
        if self._tasks:
            await self.bot_context.run(inbox.renew_updates, self.bot_id, tuple(self._tasks), self.holder)


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, after ``seconds`` at the latest.

    ``asyncio.wait_for`` of Python 3.11 ignores a cancellation that comes together with the event, and the loop around
    it would never end.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
