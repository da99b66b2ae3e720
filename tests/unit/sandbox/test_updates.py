"""Updates wait until confirmed, and say what was so when they happened."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.bot_api.problems import Problem
from sandbox.chat_page.news import News
from sandbox.updates import Updates, Webhook


@pytest.fixture
def updates() -> Updates:
    return Updates(News())


def add_texts(updates: Updates, *texts: str) -> None:
    for text in texts:
        updates.add("message", {"text": text})


def read_texts(found: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in found]


async def test_the_same_comes_again_until_confirmed(updates: Updates) -> None:
    add_texts(updates, "a", "b")
    first = await updates.poll(100, 0)
    assert await updates.poll(100, 0) == first
    updates.confirm(first[0]["update_id"] + 1)
    assert read_texts(await updates.poll(100, 0)) == ["b"]
    assert await updates.poll(1, 0) == first[1:]


async def test_a_negative_offset_keeps_the_newest(updates: Updates) -> None:
    add_texts(updates, "a", "b", "c")
    updates.confirm(-1)
    assert read_texts(await updates.poll(100, 0)) == ["c"]


async def test_numbers_grow_over_a_restart(updates: Updates) -> None:
    add_texts(updates, "a")
    [old] = await updates.poll(100, 0)
    later = Updates(News())
    later.confirm(old["update_id"])
    add_texts(later, "b")
    assert read_texts(await later.poll(100, 0)) == ["b"]


async def test_a_waiting_poll_is_answered_at_once(updates: Updates) -> None:
    waiting = asyncio.create_task(updates.poll(100, 20))
    await asyncio.sleep(0)
    add_texts(updates, "a")
    async with asyncio.timeout(5):
        assert read_texts(await waiting) == ["a"]


async def test_an_update_does_not_change_with_its_message(updates: Updates) -> None:
    message = {"text": "a", "entities": [{"offset": 0}]}
    updates.add("message", message)
    message["entities"][0]["offset"] = 9  # type: ignore[index]
    message["text"] = "b"
    assert [update["message"] for update in await updates.poll(100, 0)] == [{"text": "a", "entities": [{"offset": 0}]}]


async def test_only_wanted_kinds_are_queued(updates: Updates) -> None:
    updates.wanted = ["callback_query"]
    add_texts(updates, "a")
    assert await updates.poll(100, 0) == []
    updates.wanted = []
    updates.add("message_reaction", {})
    add_texts(updates, "b")
    assert read_texts(await updates.poll(100, 0)) == ["b"]


async def test_a_second_poller_ends_the_first(updates: Updates) -> None:
    first = asyncio.create_task(updates.poll(100, 20))
    await asyncio.sleep(0)
    second = asyncio.create_task(updates.poll(100, 20))
    with pytest.raises(Problem, match="terminated by other getUpdates"):
        await first
    updates.set_webhook(Webhook("http://127.0.0.1/"))
    with pytest.raises(Problem, match="terminated by setWebhook"):
        await second


async def test_closing_answers_who_waits(updates: Updates) -> None:
    waiting = asyncio.create_task(updates.poll(100, 20))
    await asyncio.sleep(0)
    updates.close()
    async with asyncio.timeout(5):
        assert await waiting == []
