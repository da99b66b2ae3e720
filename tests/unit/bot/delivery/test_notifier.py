"""The result stays the last edit of a progress message, also after an edit of a process that was frozen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any, cast

import pytest
from telegram.error import BadRequest

from bot.delivery.notifier import TelegramNotifier
from processing.types import DocumentView

CHAT, MESSAGE = 7, 70
WAIT_SECONDS = 30


class SlowBot:
    """Edits wait until ``arrive`` is set, and are then added to ``texts``."""

    def __init__(self) -> None:
        self.token = "4:token"
        self.texts: list[str] = []
        self.begun, self.arrive = Event(), Event()
        self.refusal: Exception | None = None

    async def edit_message_text(self, text: str, **_more: Any) -> None:
        self.begun.set()
        await asyncio.to_thread(self.arrive.wait, WAIT_SECONDS)
        if self.refusal is not None:
            raise self.refusal
        self.texts.append(text)


@pytest.fixture
def bot() -> SlowBot:
    return SlowBot()


@pytest.fixture
def notifier(bot: SlowBot) -> Iterator[TelegramNotifier]:
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield TelegramNotifier(cast(Any, bot), loop)
    bot.arrive.set()
    for task in asyncio.all_tasks(loop):
        loop.call_soon_threadsafe(task.cancel)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def view(state: str) -> DocumentView:
    return DocumentView("d", 1, "en", CHAT, MESSAGE, "book.pdf", "pdf", 1, state, stage="reading", pages=1, passages=1)


def test_repair_waits_for_the_edit_on_its_way(notifier: TelegramNotifier, bot: SlowBot) -> None:
    notifier.show_document(view("working"))
    assert bot.begun.wait(WAIT_SECONDS)
    with ThreadPoolExecutor(1) as another:
        repairing = another.submit(notifier.repair_document, view("ready"))
        assert bot.texts == []
        bot.arrive.set()
        repairing.result(WAIT_SECONDS)
    assert ["is ready" in text for text in bot.texts] == [False, True]


@pytest.mark.parametrize("reason", ["Message is not modified", "Message to edit not found", "Chat not found"])
def test_repair_ignores_a_message_that_is_right_or_gone(notifier: TelegramNotifier, bot: SlowBot, reason: str) -> None:
    bot.arrive.set()
    bot.refusal = BadRequest(reason)
    notifier.repair_document(view("ready"))
    assert bot.texts == []
