"""One budget for all processes: two limiters on a real Valkey, and one alone while it is away."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.delivery.rate_limiter import BudgetShort, SharedRateLimiter, list_limits
from processing.runtime.embedded_valkey import EmbeddedValkey

TOKEN = "12345:BUDGET-token"
ALICE, CHARLIE, GROUP = 1001, 1003, -500
AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture
async def pair(valkey: EmbeddedValkey) -> AsyncIterator[tuple[SharedRateLimiter, SharedRateLimiter]]:
    """The bot's limiter and a worker's."""
    limiters = SharedRateLimiter(valkey.budget_url, TOKEN), SharedRateLimiter(valkey.budget_url, TOKEN)
    yield limiters
    for limiter in limiters:
        await limiter.shutdown()


class Telegram:
    """Notes when each message arrived, and with which chat; raises the next of ``floods`` first."""

    def __init__(self) -> None:
        self.arrived: list[tuple[float, int]] = []
        self.floods: list[RetryAfter] = []

    async def send(self, chat_id: int) -> bool:
        if self.floods:
            raise self.floods.pop()
        self.arrived.append((time.monotonic(), chat_id))
        return True


async def send(limiter: SharedRateLimiter, telegram: Telegram, chat_id: int, *, droppable: bool = False) -> Any:
    arguments = {"droppable": True} if droppable else None
    return await limiter.process_request(telegram.send, (chat_id,), {}, "sendMessage", {"chat_id": chat_id}, arguments)


def count_most(moments: list[float], window: float) -> int:
    """The most that came within any ``window`` seconds."""
    return max(sum(1 for other in moments if moment <= other < moment + window) for moment in moments)


async def take_all(limiters: tuple[SharedRateLimiter, ...], chats: list[int]) -> int:
    """How many of these go through at once."""
    waits = [await limiter.take(chat) for limiter, chat in zip(itertools.cycle(limiters), chats, strict=False)]
    return sum(1 for wait in waits if wait == 0)


@pytest.mark.parametrize(
    ("chat", "place", "window", "published"), [(ALICE, 0, 1.0, 30), (GROUP, 0, 1.0, 30), (GROUP, 1, 60.0, 20)]
)
def test_burst_and_rate_together_stay_below_what_is_published(
    chat: int, place: int, window: float, published: int
) -> None:
    limit = list_limits(chat)[place]
    assert limit.burst + math.ceil(window / limit.gap) - 1 <= published


async def test_two_share_the_burst_of_a_private_chat(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    assert await take_all(pair, [ALICE] * 3) == 3
    for limiter in pair:
        assert 0 < await limiter.take(ALICE) <= 1
    assert await take_all(pair, [CHARLIE]) == 1, "another chat has room of its own"


async def test_two_share_the_burst_of_a_group(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    taken = await take_all(pair, [GROUP] * 20)
    assert 5 <= taken < 20
    assert await pair[0].take(GROUP) > 0


async def test_never_more_than_a_chat_s_limit(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    """Seven messages of two processes into one chat: a burst of three, then one a second."""
    telegram = Telegram()
    await asyncio.gather(*(send(limiter, telegram, ALICE) for limiter in (*pair, *pair, *pair, pair[0])))
    moments = [moment for moment, _ in telegram.arrived]
    assert len(moments) == 7
    assert moments[-1] - moments[0] >= 3.9
    assert count_most(moments[3:], 0.8) == 1


async def test_never_more_than_the_token_s_limit(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    """Ninety people at once: five at once, the others at twenty-five a second."""
    telegram = Telegram()
    people = range(1, 91)
    await asyncio.gather(
        *(send(limiter, telegram, chat) for limiter, chat in zip(itertools.cycle(pair), people, strict=False))
    )
    moments = [moment for moment, _ in telegram.arrived]
    assert sorted(chat for _, chat in telegram.arrived) == list(people), "final messages are never dropped"
    assert moments[-1] - moments[0] >= 3.2


async def test_progress_is_dropped_when_the_budget_is_short(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    telegram = Telegram()
    for limiter in (*pair, pair[0]):
        await send(limiter, telegram, ALICE, droppable=True)
    with pytest.raises(BudgetShort):
        await send(pair[1], telegram, ALICE, droppable=True)
    assert len(telegram.arrived) == 3
    await send(pair[1], telegram, ALICE)
    assert len(telegram.arrived) == 4, "the final word waits its turn"


async def test_a_flood_pauses_the_chat_for_both(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    telegram = Telegram()
    telegram.floods = [RetryAfter(30)]
    with pytest.raises(BudgetShort):
        await send(pair[0], telegram, ALICE, droppable=True)
    for limiter in pair:
        assert 25 < await limiter.take(ALICE) <= 30
        assert await limiter.take(CHARLIE) == 0
    with pytest.raises(BudgetShort):
        await send(pair[1], telegram, ALICE, droppable=True)
    assert telegram.arrived == [], "a flood error is never answered with another send"


async def test_a_short_flood_is_waited_out(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    telegram = Telegram()
    telegram.floods = [RetryAfter(1)]
    began = time.monotonic()
    assert await send(pair[0], telegram, ALICE)
    assert telegram.arrived[0][0] - began >= 0.9


async def test_a_long_flood_is_handed_on(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    telegram = Telegram()
    telegram.floods = [RetryAfter(3600)]
    with pytest.raises(RetryAfter):
        await send(pair[0], telegram, ALICE)
    assert telegram.arrived == []


async def test_another_bot_has_another_budget(
    pair: tuple[SharedRateLimiter, SharedRateLimiter], valkey: EmbeddedValkey
) -> None:
    assert await take_all(pair, [ALICE] * 4) == 3
    other = SharedRateLimiter(valkey.budget_url, "54321:OTHER-token")
    assert await other.take(ALICE) == 0
    await other.shutdown()
    async for key in pair[0].client.scan_iter():
        assert b"token" not in key


async def test_what_costs_nothing_waits_for_nothing(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    telegram = Telegram()
    for endpoint in ("sendChatAction", "getFile", "answerCallbackQuery"):
        for _ in range(5):
            await pair[0].process_request(telegram.send, (ALICE,), {}, endpoint, {"chat_id": ALICE}, None)
    assert await take_all(pair, [ALICE] * 3) == 3


async def test_alone_the_limits_are_kept_in_this_process() -> None:
    limiter = SharedRateLimiter(AWAY, TOKEN)
    assert await take_all((limiter,), [ALICE] * 3) == 3
    assert await limiter.take(ALICE) > 0
    await limiter.pause(CHARLIE, 20)
    assert await limiter.take(CHARLIE) > 15
    await limiter.shutdown()


async def test_the_budget_goes_on_when_redis_goes_away(
    pair: tuple[SharedRateLimiter, SharedRateLimiter], valkey: EmbeddedValkey
) -> None:
    telegram = Telegram()
    assert await send(pair[0], telegram, ALICE)
    await asyncio.to_thread(valkey.stop)
    assert await send(pair[0], telegram, ALICE)
    assert len(telegram.arrived) == 2
