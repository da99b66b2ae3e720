"""The status is polled once for all viewers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from bot.web.events import Poller
from tests.unit.bot.web.doubles import SOUND, FakeSource


async def let_others_run() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_viewers_share_one_poll() -> None:
    source = FakeSource()
    poller = Poller(source, every=3600)
    async with poller.watch(), poller.watch():
        first, second = await asyncio.gather(poller.get_newer(0), poller.get_newer(0))
    assert first == second
    assert source.asked == 1


async def test_a_later_viewer_gets_the_latest_status_at_once() -> None:
    poller = Poller(FakeSource(), every=3600)
    async with poller.watch():
        number, _text = await poller.get_newer(0)
        async with poller.watch():
            assert await poller.get_newer(0) == (number, _text)


async def test_polling_stops_after_the_last_viewer() -> None:
    source = FakeSource()
    poller = Poller(source, every=0)
    async with poller.watch():
        async with poller.watch():
            await poller.get_newer(0)
        asked = source.asked
        await let_others_run()
        assert source.asked > asked
    asked = source.asked
    await let_others_run()
    assert source.asked == asked


async def test_a_viewer_after_a_pause_gets_a_fresh_status() -> None:
    source = FakeSource()
    poller = Poller(source, every=3600)
    async with poller.watch():
        await poller.get_newer(0)
    source.status = replace(SOUND, queue_length=99)
    async with poller.watch():
        _number, text = await poller.get_newer(0)
    assert json.loads(text)["queue_length"] == 99


async def test_polling_goes_on_after_a_failure() -> None:
    source = FakeSource(error=RuntimeError("away"))
    poller = Poller(source, every=0)
    async with poller.watch():
        while source.asked < 2:
            await asyncio.sleep(0)
        source.error = None
        _number, text = await poller.get_newer(0)
    assert json.loads(text)["version"] == "7.8.9"
