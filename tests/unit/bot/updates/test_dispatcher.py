"""Every update is handled, retried later, or kept as a dead letter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.exc import DataError
from telegram import Update
from telegram.ext import ExtBot

from bot.context import BotContext
from bot.updates.dispatcher import Dispatcher, wait_for
from bot.updates.job import HOPELESS_PAUSE_SECONDS
from db.engine import Database, DatabaseUnavailable
from processing.jobs import inbox
from processing.jobs.outcome import Decision, Outcome, decide
from processing.services import Services
from settings import Settings
from tests.rows import count_dead_letters, release_dead

TOKEN = "123456:TEST-token_of-the-inbox"
NEW = timedelta(0)


def make_message(update_id: int, chat: int, text: str = "hello") -> dict[str, Any]:
    person = {"id": chat, "first_name": "Alice", "is_bot": False, "language_code": "en"}
    private_chat = {"id": chat, "type": "private"}
    return {
        "update_id": update_id,
        "message": {"message_id": update_id, "date": 1, "chat": private_chat, "from": person, "text": text},
    }


def make_tap(update_id: int, chat: int) -> dict[str, Any]:
    message = make_message(update_id, chat)["message"]
    query = {"id": "1", "from": message["from"], "message": message, "chat_instance": "1", "data": "docs:0"}
    return {"update_id": update_id, "callback_query": query}


class Drive:
    """A dispatcher whose handler fails as tests say; ``handled`` lists the update ids in the order of handling."""

    def __init__(self, services: Services) -> None:
        self.bot_context = BotContext(services)
        self.handled: list[int] = []
        self.fail: Callable[[int], Exception | None] = lambda _: None
        self.dispatcher = Dispatcher(self.bot_context, ExtBot(TOKEN), self.handle)
        self.running = list[asyncio.Task[None]]()

    async def handle(self, update: Update) -> None:
        self.handled.append(update.update_id)
        error = self.fail(update.update_id)
        if error is not None:
            self.bot_context.failures[update.update_id] = error

    def start(self) -> None:
        self.running = [asyncio.create_task(loop.run()) for loop in self.dispatcher.loops]

    async def wait_for(self, check: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not check():
                await asyncio.sleep(0.01)

    async def count_dead_letters(self) -> int:
        return count_dead_letters(self.bot_context.services.database)


@pytest.fixture
async def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Drive]:
    monkeypatch.setattr("bot.updates.retry_policy.PAUSES", (timedelta(0), timedelta(0)))
    monkeypatch.setattr("bot.updates.retry_policy.TRANSIENT_PAUSE", timedelta(0))
    database = Database(f"sqlite:///{tmp_path / 'inbox.db'}")
    database.migrate()
    nothing = cast(Any, None)
    drive = Drive(Services(Settings(data_dir=tmp_path), database, nothing, nothing, nothing))
    yield drive
    for task in drive.running:
        task.cancel()
    await drive.dispatcher.finish(5)
    drive.bot_context.threads.shutdown()
    database.close()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """(update id, text key) of every message about a failure."""
    sentences: list[tuple[int, str]] = []

    async def say(update: Update, key: str, _facts: object = None) -> None:
        sentences.append((update.update_id, key))

    monkeypatch.setattr("bot.updates.job.say_error", say)
    return sentences


async def test_updates_of_one_chat_are_handled_in_order(drive: Drive) -> None:
    await drive.dispatcher.keep([make_message(number, 7) for number in range(1, 9)])
    drive.start()
    await drive.wait_for(lambda: len(drive.handled) == 8)
    assert drive.handled == list(range(1, 9))


async def test_slow_chat_does_not_delay_others(drive: Drive) -> None:
    gate = asyncio.Event()

    async def handle(update: Update) -> None:
        if update.update_id == 1:
            await gate.wait()
        drive.handled.append(update.update_id)

    drive.dispatcher.job.handle = handle
    drive.start()
    await drive.dispatcher.keep([make_message(1, 7), make_message(2, 7), make_message(3, 8)])
    await drive.wait_for(lambda: drive.handled == [3])
    gate.set()
    await drive.wait_for(lambda: drive.handled == [3, 1, 2])


async def test_tap_is_handled_while_all_handlers_of_messages_wait(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.updates.dispatcher.MOST_AT_ONCE", 3)
    gate = asyncio.Event()

    async def handle(update: Update) -> None:
        if update.message:
            await gate.wait()
        drive.handled.append(update.update_id)

    drive.dispatcher.job.handle = handle
    drive.start()
    await drive.dispatcher.keep([make_message(number, number) for number in range(1, 9)])
    await drive.dispatcher.keep([make_tap(9, 9)])
    await drive.wait_for(lambda: drive.handled == [9])
    gate.set()
    await drive.wait_for(lambda: len(drive.handled) == 9)


async def test_update_that_fails_three_times_is_a_dead_letter_and_reported_once(
    drive: Drive, said: list[tuple[int, str]]
) -> None:
    drive.fail = lambda update_id: ZeroDivisionError() if update_id == 1 else None
    await drive.dispatcher.keep([make_message(1, 7), make_message(2, 7)])
    drive.start()
    await drive.wait_for(lambda: drive.handled == [1, 1, 1, 2])
    assert said == [(1, "error_unexpected")]
    assert await drive.count_dead_letters() == 1


async def test_update_that_killed_its_process_three_times_is_not_handled_again(
    drive: Drive, said: list[tuple[int, str]]
) -> None:
    await drive.dispatcher.keep([make_message(1, 7)])
    for _ in range(3):
        await drive.bot_context.run(inbox.claim_updates, drive.dispatcher.bot_id, drive.dispatcher.holder, 1)
        # What a machine does for its dead processes: the attempts stay counted.
        await drive.bot_context.run(release_dead, drive.dispatcher.holder)
    drive.start()
    await drive.wait_for(lambda: bool(said))
    assert (drive.handled, said) == ([], [(1, "error_unexpected")])


async def test_update_that_is_put_back_at_every_stop_is_handled_in_the_end(
    drive: Drive, said: list[tuple[int, str]]
) -> None:
    await drive.dispatcher.keep([make_message(1, 7)])
    for _ in range(4):
        await drive.bot_context.run(inbox.claim_updates, drive.dispatcher.bot_id, drive.dispatcher.holder, 1)
        await drive.bot_context.run(inbox.release_updates, drive.dispatcher.holder)
    drive.start()
    await drive.wait_for(lambda: bool(drive.handled))
    assert said == []


async def test_update_waits_for_the_database_and_its_sender_is_informed_once(
    drive: Drive, said: list[tuple[int, str]]
) -> None:
    drive.fail = lambda _: DatabaseUnavailable() if len(drive.handled) < 6 else None
    await drive.dispatcher.keep([make_message(1, 7)])
    drive.start()
    await drive.wait_for(lambda: len(drive.handled) == 6)
    assert said == [(1, "busy_kept")]
    assert await drive.count_dead_letters() == 0


async def test_an_update_in_work_is_not_begun_again_when_its_lease_is_over(drive: Drive) -> None:
    """As after the process was frozen, or the machine has slept."""
    gate = asyncio.Event()

    async def handle(update: Update) -> None:
        drive.handled.append(update.update_id)
        await gate.wait()

    drive.dispatcher.job.handle = handle
    await drive.dispatcher.keep([make_message(1, 7)])
    services, now = drive.bot_context.services, datetime.now(UTC)
    services.clock = lambda: now
    await drive.dispatcher._take()
    await drive.wait_for(lambda: drive.handled == [1])
    services.clock = lambda: now + 2 * inbox.LEASE
    await drive.dispatcher._take()
    await drive.dispatcher._renew()
    gate.set()
    await drive.wait_for(lambda: not drive.dispatcher._tasks)
    await drive.dispatcher._take()
    await asyncio.sleep(0)
    assert drive.handled == [1]


async def test_a_sender_of_many_messages_is_told_once_that_they_wait(drive: Drive, said: list[tuple[int, str]]) -> None:
    updates = [make_message(1, 7), make_message(2, 7), make_message(3, 8), make_message(4, 7)]
    await drive.dispatcher.say_busy(updates)
    await drive.dispatcher.say_busy(updates)
    assert said == [(1, "busy_kept"), (3, "busy_kept")]


async def test_nobody_waits_until_a_sender_is_told(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, told = asyncio.Event(), list[int]()

    async def say(update: Update, _key: str, _facts: object = None) -> None:
        await gate.wait()
        told.append(update.update_id)

    monkeypatch.setattr("bot.updates.job.say_error", say)
    for _ in range(3):
        drive.dispatcher.announce_busy([make_message(1, 7)])
    gate.set()
    await drive.wait_for(lambda: told == [1])


async def test_unreadable_update_becomes_a_dead_letter(drive: Drive) -> None:
    await drive.dispatcher.keep([{"update_id": 1, "message": {"chat": {"id": 7}}}, make_message(2, 7)])
    drive.start()
    await drive.wait_for(lambda: drive.handled == [2])
    assert await drive.count_dead_letters() == 1


async def test_an_update_that_fails_for_what_is_in_it_delays_its_chat_for_less_than_two_seconds(drive: Drive) -> None:
    await drive.dispatcher.keep([make_message(1, 7)])
    (claim,) = await drive.bot_context.run(inbox.claim_updates, drive.dispatcher.bot_id, drive.dispatcher.holder, 1)
    for error in (ValueError(), OverflowError(), KeyError(), RecursionError(), DataError("", None, Exception())):
        decision = decide(drive.dispatcher.job.explain(claim, error), 1)
        assert decision == Decision(Outcome.RETRIED, timedelta(seconds=HOPELESS_PAUSE_SECONDS))
    assert 2 * HOPELESS_PAUSE_SECONDS < 1


async def test_a_cancellation_that_comes_together_with_the_event_ends_the_loop() -> None:
    event, rounds = asyncio.Event(), 0

    async def loop() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            event.clear()
            await wait_for(event, 30)

    running = asyncio.create_task(loop())
    await asyncio.sleep(0)
    event.set()
    await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=5)
    assert done and running.cancelled(), rounds
