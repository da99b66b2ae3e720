"""Updates stay queued until confirmed, as copies of what happened."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.changes import Changes
from sandbox.errors import ApiError
from sandbox.updates import Updates, Webhook, render


@pytest.fixture
def updates() -> Updates:
    return Updates(Changes())


def add_texts(updates: Updates, *texts: str) -> None:
    for text in texts:
        updates.add("message", {"text": text})


def read_texts(found: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in found]


async def test_updates_are_delivered_again_until_confirmed(updates: Updates) -> None:
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


async def test_update_ids_grow_across_a_restart(updates: Updates) -> None:
    add_texts(updates, "a")
    [old] = await updates.poll(100, 0)
    later = Updates(Changes())
    later.confirm(old["update_id"])
    add_texts(later, "b")
    assert read_texts(await later.poll(100, 0)) == ["b"]


async def test_a_waiting_poll_returns_as_soon_as_an_update_comes(updates: Updates) -> None:
    waiting = asyncio.create_task(updates.poll(100, 20))
    await asyncio.sleep(0)
    add_texts(updates, "a")
    async with asyncio.timeout(5):
        assert read_texts(await waiting) == ["a"]


async def test_an_update_does_not_change_when_its_message_does(updates: Updates) -> None:
    message = {"text": "a", "entities": [{"offset": 0}]}
    updates.add("message", message)
    message["entities"][0]["offset"] = 9  # type: ignore[index]
    message["text"] = "b"
    assert [update["message"] for update in await updates.poll(100, 0)] == [{"text": "a", "entities": [{"offset": 0}]}]


async def test_only_allowed_kinds_are_queued(updates: Updates) -> None:
    updates.allowed = ["callback_query"]
    add_texts(updates, "a")
    assert await updates.poll(100, 0) == []
    updates.allowed = []
    updates.add("message_reaction", {})
    add_texts(updates, "b")
    assert read_texts(await updates.poll(100, 0)) == ["b"]


async def test_a_second_poll_ends_the_first_with_a_conflict(updates: Updates) -> None:
    first = asyncio.create_task(updates.poll(100, 20))
    await asyncio.sleep(0)
    second = asyncio.create_task(updates.poll(100, 20))
    with pytest.raises(ApiError, match="terminated by other getUpdates"):
        await first
    updates.set_webhook(Webhook("http://127.0.0.1/"))
    with pytest.raises(ApiError, match="terminated by setWebhook"):
        await second


async def test_closing_ends_a_waiting_poll_with_an_empty_answer(updates: Updates) -> None:
    waiting = asyncio.create_task(updates.poll(100, 20))
    await asyncio.sleep(0)
    updates.close()
    async with asyncio.timeout(5):
        assert await waiting == []


async def test_the_text_of_a_raw_update_is_not_changed(updates: Updates) -> None:
    text = '{"update_id": UPDATE_ID, "message": [1e999, "\\ud800", 1, 1]}'
    number = updates.add_raw(text)
    [raw] = await updates.poll(100, 0)
    assert render(raw) == text.replace("UPDATE_ID", str(number))
    updates.confirm(number + 1)
    assert await updates.poll(100, 0) == []
