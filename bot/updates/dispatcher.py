"""Handles kept updates: in order within a chat, side by side across chats, each to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telegram import Update
from telegram.ext import ExtBot

from bot.context import BotContext
from bot.handlers.errors import say_error
from bot.updates.retry_policy import Verdict, judge
from errors import SocrateError
from processing.jobs import inbox
from processing.jobs.inbox import MOST_ATTEMPTS, Arrival, Claimed

SIDE_BY_SIDE = 128
# While as many messages wait for the budget of all chats, a button is answered all the same.
TAPS_BESIDE = 64
IDLE_SECONDS = 1.0
BEAT_SECONDS = 5.0
LONGEST_MEMORY = 10_000
Json = dict[str, Any]
Handle = Callable[[Update], Awaitable[None]]
log = logging.getLogger(__name__)


class Inbox:
    """Keeps what comes in and drives it through ``handle``, of which failures are found on the desk."""

    def __init__(self, bot_context: BotContext, bot: ExtBot[Any], handle: Handle) -> None:
        self.bot_context, self.bot, self.handle = bot_context, bot, handle
        self.bot_id = int(bot.token.partition(":")[0])
        self.holder = inbox.name_holder()
        self.ender = CommitBatcher(bot_context)
        self._wake = asyncio.Event()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._informed_busy: set[int] = set()

    async def keep(self, payloads: Sequence[Json]) -> None:
        """Return when they are committed; ``TransientFailure`` where they could not be, with nothing kept."""
        arrivals = [Arrival(int(payload["update_id"]), find_ordering_key(payload), payload) for payload in payloads]
        await self.bot_context.run(inbox.keep_updates, self.bot_id, arrivals)
        self._wake.set()

    async def run(self) -> None:
        """For ever: first what an earlier process left, then what comes."""
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
        """Let what has begun come to its end, for a while; give back the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in tuple(self._tasks.values()):
            task.cancel()
        try:
            await self.bot_context.run(inbox.release_updates, self.holder)
        except SocrateError as error:
            log.warning("updates_not_released", extra={"error": error.key})

    async def say_busy(self, updates: Sequence[Update]) -> None:
        """Tell people once that what they sent waits; nothing is known of them while the database is away."""
        allowed = self.bot_context.services.settings.allowed_users | self.bot_context.services.settings.admin_users
        for update in updates:
            user = update.effective_user
            if user is not None and update.message and (not allowed or user.id in allowed):
                await self._say_once(update)

    async def _free_dead(self) -> None:
        try:
            if count := await self.bot_context.run(inbox.release_dead, self.bot_id):
                log.info("updates_freed", extra={"count": count})
        except SocrateError as error:
            log.warning("updates_not_freed", extra={"error": error.key})

    async def _take(self) -> None:
        room = max(0, SIDE_BY_SIDE - len(self._tasks))
        taps = SIDE_BY_SIDE + TAPS_BESIDE - len(self._tasks) - room
        if room + taps <= 0:
            return
        try:
            taken = await self.bot_context.run(inbox.take_updates, self.bot_id, self.holder, room, taps)
        except SocrateError as error:
            log.warning("updates_not_taken", extra={"error": error.key})
            return
        for claimed in taken:
            self._tasks[claimed.update_id] = asyncio.create_task(self._drive(claimed))

    async def _drive(self, claimed: Claimed) -> None:
        """One attempt, then what becomes of it; an end that can't be written down is repeated after the lease."""
        try:
            update, error = await self._attempt(claimed)
            age = self.bot_context.services.clock() - claimed.received_at
            verdict = judge(error, claimed.attempts, age)
            if error is not None:
                level = logging.WARNING if verdict.state == "later" else logging.ERROR
                facts = {"update": claimed.update_id, "attempt": claimed.attempts, "verdict": verdict.state}
                log.log(level, "handler_failed", extra={**facts, "error": type(error).__name__}, exc_info=error)
            await self._end(claimed, update, verdict)
        except SocrateError as error:
            log.warning("update_not_ended", extra={"update": claimed.update_id, "error": error.key})
        finally:
            self._tasks.pop(claimed.update_id, None)
            self._wake.set()

    async def _attempt(self, claimed: Claimed) -> tuple[Update | None, Exception | None]:
        """Handle it; one that has killed its process before, as often as may be, is not touched again."""
        update = None
        try:
            update = Update.de_json(claimed.payload, self.bot)
            if claimed.attempts > MOST_ATTEMPTS:
                return update, RuntimeError("its handler never came to an end")
            self.bot_context.failures[claimed.update_id] = None
            await self.handle(update)
        except Exception as error:
            return update, error
        finally:
            failure = self.bot_context.failures.pop(claimed.update_id, None)
        return update, failure

    async def _end(self, claimed: Claimed, update: Update | None, verdict: Verdict) -> None:
        if verdict.state == "later":
            if verdict.key and update is not None:
                await self._say_once(update)
            await self.bot_context.run(inbox.put_update_back, claimed, verdict.pause, counted=verdict.counted)
            return
        if verdict.state == "done":
            await self.ender.end(claimed)
        elif await self.bot_context.run(inbox.move_to_dead_letters, claimed):
            log.error("update_set_aside", extra={"update": claimed.update_id, "attempts": claimed.attempts})
        if verdict.key and update is not None:
            await say_error(update, verdict.key)

    async def _say_once(self, update: Update) -> None:
        if update.update_id in self._informed_busy:
            return
        if len(self._informed_busy) > LONGEST_MEMORY:
            self._informed_busy.clear()
        self._informed_busy.add(update.update_id)
        await say_error(update, "busy_kept")

    async def _beat(self) -> None:
        """Keep the lease on what is in hand."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                if self._tasks:
                    await self.bot_context.run(inbox.renew_updates, self.bot_id, tuple(self._tasks), self.holder)
            except SocrateError as error:
                log.warning("updates_not_renewed", extra={"error": error.key})


class CommitBatcher:
    """Writes down together what was handled while the last commit was on its way."""

    def __init__(self, bot_context: BotContext) -> None:
        self.bot_context = bot_context
        self._handled: list[Claimed] = []
        self._turn = asyncio.Lock()

    async def end(self, claimed: Claimed) -> None:
        """Return when it stands in the database."""
        self._handled.append(claimed)
        async with self._turn:
            if claimed in self._handled:
                handled, self._handled = self._handled, []
                await self.bot_context.run(inbox.finish_updates, handled)


def find_ordering_key(payload: Json) -> int:
    """The chat of an update, within which order counts; 0 for what belongs to none."""
    content: Json = next((part for name, part in payload.items() if name != "update_id"), {})
    chat = (content.get("message") or content).get("chat") or content.get("from") or {}
    return int(chat.get("id", 0))


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
