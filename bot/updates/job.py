"""Handling an update as a kind of work, with what is written and told to its sender after each outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update
from telegram.error import InvalidToken
from telegram.ext import ExtBot

from bot.context import BotContext
from bot.delivery.certainty import is_token_refused
from bot.handlers.errors import say_error
from bot.updates.retry_policy import NOTICE, Busy, explain
from errors import Postponed, SocrateError, TransientFailure
from processing.jobs import inbox
from processing.jobs.inbox import MAX_ATTEMPTS, ClaimedUpdate
from processing.jobs.outcome import Decision, Outcome
from processing.jobs.raw_updates import read_json
from processing.runtime.loops import name_error_class
from processing.text.storable import make_storable

# The ids of so many updates are kept, to tell each sender only once.
LONGEST_MEMORY = 10_000
TOKEN_PAUSE_SECONDS = 15.0
HOPELESS_PAUSE_SECONDS = 0.2
Handle = Callable[[Update], Awaitable[None]]
log = logging.getLogger(__name__)


class UpdateJob:
    """``processing.jobs.run.AsyncKind`` for updates. ``handle`` puts an exception into ``BotContext.failures``."""

    name = "update"
    max_attempts = MAX_ATTEMPTS

    def __init__(self, bot_context: BotContext, bot: ExtBot[Any], handle: Handle) -> None:
        self.bot_context, self.bot, self.handle = bot_context, bot, handle
        self._batcher = CommitBatcher(bot_context)

    async def perform(self, claim: ClaimedUpdate) -> None:
        update = read_update(read_json(claim.raw), claim.update_id, self.bot)
        failures = self.bot_context.failures
        failures[claim.update_id] = None
        try:
            await self.handle(update)
        finally:
            failure = failures.pop(claim.update_id, None)
        if isinstance(failure, InvalidToken) and await is_token_refused(self.bot):
            # The update is handled when a token works again, however long that takes.
            raise Busy(TOKEN_PAUSE_SECONDS, told=False) from failure
        if failure is not None:
            raise failure

    def explain(self, claim: ClaimedUpdate, error: Exception) -> Exception | None:
        """Return the error of ``errors`` that decides; what comes from the update itself is tried again soon.

        The pauses are short then, because the next update of the same chat waits.
        """
        if inbox.is_hopeless(error):
            return Postponed(HOPELESS_PAUSE_SECONDS)
        return explain(error, claim.attempts, self.bot_context.services.clock() - claim.received_at)

    async def record(self, claim: ClaimedUpdate, decision: Decision, error: Exception | None) -> None:
        match decision.outcome:
            case Outcome.DONE:
                await self._batcher.finish(claim)
            case Outcome.REFUSED:
                await self._batcher.finish(claim)
                await self._say(claim, *describe(error))
            case Outcome.GIVEN_UP:
                await self._give_up(claim, error)
            case _:
                await self._put_back(claim, decision, error)

    async def _put_back(self, claim: ClaimedUpdate, decision: Decision, error: Exception | None) -> None:
        explained = self.explain(claim, error) if error else None
        if isinstance(explained, Busy) and explained.told and (update := self._read(claim)):
            await self.say_busy(update, explained.notice)
        counted = decision.outcome is Outcome.RETRIED
        await self.bot_context.run(inbox.put_update_back, claim, decision.pause, counted=counted)

    async def _give_up(self, claim: ClaimedUpdate, error: Exception | None) -> None:
        problem = f"failed: {name_error_class(error)}" if error else ""
        if not await self.bot_context.run(inbox.move_to_dead_letters, claim, problem):
            return
        facts = {"update": claim.update_id, "attempts": claim.attempts, "problem": problem}
        log.error("update_moved_to_dead_letters", extra=facts)
        await self._say(claim, error.key if isinstance(error, TransientFailure) else SocrateError.key, {})

    async def say_busy(self, update: Update, key: str = NOTICE, *, silently: bool = False) -> None:
        """Tell the sender once that the update waits; ``silently`` if they were told so of another one."""
        informed = self.bot_context.informed
        if update.update_id in informed:
            return
        if len(informed) > LONGEST_MEMORY:
            informed.clear()
        informed.add(update.update_id)
        if not silently:
            await try_to_say(update, key)

    async def _say(self, claim: ClaimedUpdate, key: str, facts: dict[str, object]) -> None:
        if update := self._read(claim):
            await try_to_say(update, key, facts)

    def _read(self, claim: ClaimedUpdate) -> Update | None:
        """Return the update; None if the library can't parse it, so that its sender is not known."""
        try:
            return parse_update(read_json(claim.raw), claim.update_id, self.bot)
        except (ValueError, RecursionError):
            return None


class CommitBatcher:
    """Marks updates as handled. Those whose handlers end during one commit are marked together by the next."""

    def __init__(self, bot_context: BotContext) -> None:
        self.bot_context = bot_context
        self._handled: list[ClaimedUpdate] = []
        self._turn = asyncio.Lock()

    async def finish(self, claim: ClaimedUpdate) -> None:
        """Return when the update is committed as handled."""
        self._handled.append(claim)
        async with self._turn:
            if claim in self._handled:
                handled, self._handled = self._handled, []
                await self.bot_context.run(inbox.finish_updates, handled)


def read_update(value: object, update_id: int, bot: ExtBot[Any]) -> Update:
    """Return the update, with text that every database stores. Raise some error if the library can't parse it.

    It gets the id under which it is stored, because its own may be none. ``ValueError`` is raised for an update of a
    kind that the library doesn't know: no handler would see it.
    """
    if not isinstance(value, dict):
        raise ValueError("not an object")
    update = Update.de_json(make_storable(value) | {"update_id": update_id}, bot)
    if all(getattr(update, kind) is None for kind in Update.ALL_TYPES):
        raise ValueError("an update of no known kind")
    return update


def parse_update(value: object, update_id: int, bot: ExtBot[Any]) -> Update | None:
    """Return the update, or None if it can't be read, so that its sender is not known."""
    try:
        return read_update(value, update_id, bot)
    except Exception as error:
        log.warning("update_not_parsed", extra={"error": type(error).__name__})
        return None


async def try_to_say(update: Update, key: str, facts: dict[str, object] | None = None) -> None:
    """Send the sentence for ``key``. An error is only logged: what becomes of the update is decided already."""
    try:
        await say_error(update, key, facts)
    except Exception as error:
        log.warning("reply_not_sent", extra={"update": update.update_id, "error": type(error).__name__})


def describe(error: Exception | None) -> tuple[str, dict[str, object]]:
    """Return key and facts of the sentence for an error."""
    if isinstance(error, SocrateError):
        return error.key, error.facts
    return SocrateError.key, {}
