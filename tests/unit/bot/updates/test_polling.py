"""Long polling and the check of the webhook go on after any error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from telegram import WebhookInfo

from bot.updates.dispatcher import Dispatcher
from bot.updates.polling import UpdatePoller
from bot.updates.webhook import WebhookKeeper

URL = "https://example.org/telegram"


class FailingBot:
    """Raises each of ``errors`` once, then answers with one update, or with the webhook as it was set."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.offsets, self.webhook = list(errors), list[int | None](), ""

    async def delete_webhook(self) -> None:
        raise ValueError("not the answer of Telegram")

    async def fetch_updates(self, offset: int | None, *_more: object) -> list[Any]:
        await asyncio.sleep(0)
        self.offsets.append(offset)
        if self.errors:
            raise self.errors.pop(0)
        return [{"update_id": 5}] if offset is None else []

    async def get_webhook_info(self) -> WebhookInfo:
        if self.errors:
            raise self.errors.pop(0)
        return WebhookInfo(self.webhook, has_custom_certificate=False, pending_update_count=0)

    async def set_webhook(self, url: str, **_more: object) -> None:
        self.webhook = url


class Inbox:
    def __init__(self) -> None:
        self.stored: list[int] = []

    async def keep(self, payloads: list[dict[str, Any]]) -> None:
        self.stored += [payload["update_id"] for payload in payloads]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.updates.polling.FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("bot.updates.webhook.PAUSE_SECONDS", 0.0)


async def run_until(running: asyncio.Task[None], check: Callable[[], bool]) -> None:
    """Wait for ``check``; raises what ended the loop if it has ended."""
    try:
        async with asyncio.timeout(10):
            while not check():
                assert not running.done(), running.exception()
                await asyncio.sleep(0)
    finally:
        running.cancel()


async def test_polling_goes_on_after_an_unknown_error() -> None:
    bot, inbox = FailingBot(ValueError("unreadable answer")), Inbox()
    poller = UpdatePoller(cast(Any, bot), cast(Dispatcher, inbox))
    await run_until(asyncio.create_task(poller.loop.run()), lambda: len(bot.offsets) >= 3)
    assert bot.offsets[:3] == [None, None, 6], "the failed call is made again, then the stored update is confirmed"
    assert inbox.stored == [5] and poller.contact.check() == "Answers."


async def test_webhook_is_set_after_an_unknown_error() -> None:
    bot = FailingBot(ValueError("unreadable answer"))
    keeper = WebhookKeeper(cast(Any, bot), URL, "secret")
    await run_until(asyncio.create_task(keeper.loop.run()), lambda: keeper.contact.last_success is not None)
    assert bot.webhook == URL
