"""All processes share one budget of messages: two limiters on a real Valkey, and one without it."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.delivery.rate_limiter import RateLimitReached, SharedRateLimiter, list_limits
from processing.runtime.embedded_valkey import EmbeddedValkey
from settings import Settings
from wiring import get_budget_url

TOKEN = "12345:BUDGET-token"
ALICE, CHARLIE, GROUP = 1001, 1003, -500
AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture
def budget_url(valkey: EmbeddedValkey) -> str:
    return get_budget_url(Settings(redis_url=valkey.url))


@pytest.fixture
async def pair(budget_url: str) -> AsyncIterator[tuple[SharedRateLimiter, SharedRateLimiter]]:
    """The bot's limiter and a worker's."""
    limiters = SharedRateLimiter(budget_url, TOKEN), SharedRateLimiter(budget_url, TOKEN)
    yield limiters
    for limiter in limiters:
        await limiter.shutdown()


class Telegram:
    """Records the moment and the chat of each message; raises one of ``floods`` instead while there are any."""

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
    """The largest number of ``moments`` within any ``window`` seconds."""
    return max(sum(1 for other in moments if moment <= other < moment + window) for moment in moments)


async def take_all(limiters: tuple[SharedRateLimiter, ...], chats: list[int]) -> int:
    """How many messages to ``chats`` may be sent without a wait; the limiters take turns."""
    waits = [await limiter.take(chat) for limiter, chat in zip(itertools.cycle(limiters), chats, strict=False)]
    return sum(1 for wait in waits if wait == 0)


@pytest.mark.parametrize(
    ("chat", "index", "window", "published"), [(ALICE, 0, 1.0, 30), (GROUP, 0, 1.0, 30), (GROUP, 1, 60.0, 20)]
)
def test_burst_and_rate_stay_below_telegrams_published_limit(
    chat: int, index: int, window: float, published: int
) -> None:
    limit = list_limits(chat)[index]
    assert limit.burst + math.ceil(window / limit.gap) - 1 <= published


async def test_two_processes_share_the_burst_of_a_private_chat(
    pair: tuple[SharedRateLimiter, SharedRateLimiter],
) -> None:
    assert await take_all(pair, [ALICE] * 3) == 3
    for limiter in pair:
        assert 0 < await limiter.take(ALICE) <= 1
    assert await take_all(pair, [CHARLIE]) == 1, "another chat has room of its own"


async def test_two_processes_share_the_burst_of_a_group(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    taken = await take_all(pair, [GROUP] * 20)
    assert 5 <= taken < 20
    assert await pair[0].take(GROUP) > 0


async def test_messages_to_one_chat_keep_its_limit(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    """Two processes send seven messages to one chat: three at once, then one a second."""
    telegram = Telegram()
    await asyncio.gather(*(send(limiter, telegram, ALICE) for limiter in (*pair, *pair, *pair, pair[0])))
    moments = [moment for moment, _ in telegram.arrived]
    assert len(moments) == 7
    assert moments[-1] - moments[0] >= 3.9
    assert count_most(moments[3:], 0.8) == 1


async def test_messages_to_all_chats_keep_the_limit_of_the_token(
    pair: tuple[SharedRateLimiter, SharedRateLimiter],
) -> None:
    """Ninety people get a message: five of them at once, the others at twenty-five a second."""
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
    with pytest.raises(RateLimitReached):
        await send(pair[1], telegram, ALICE, droppable=True)
    assert len(telegram.arrived) == 3
    await send(pair[1], telegram, ALICE)
    assert len(telegram.arrived) == 4, "a message that must arrive waits for its turn"


async def test_flood_error_pauses_the_chat_in_both_processes(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    telegram = Telegram()
    telegram.floods = [RetryAfter(30)]
    with pytest.raises(RateLimitReached):
        await send(pair[0], telegram, ALICE, droppable=True)
    for limiter in pair:
        assert 25 < await limiter.take(ALICE) <= 30
        assert await limiter.take(CHARLIE) == 0
    with pytest.raises(RateLimitReached):
        await send(pair[1], telegram, ALICE, droppable=True)
    assert telegram.arrived == [], "a flood error is never answered with another send"


async def test_message_is_sent_again_after_a_short_flood_pause(
    pair: tuple[SharedRateLimiter, SharedRateLimiter],
) -> None:
    telegram = Telegram()
    telegram.floods = [RetryAfter(1)]
    began = time.monotonic()
    assert await send(pair[0], telegram, ALICE)
    assert telegram.arrived[0][0] - began >= 0.9


async def test_long_flood_pause_raises_retry_after(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    telegram = Telegram()
    telegram.floods = [RetryAfter(3600)]
    with pytest.raises(RetryAfter):
        await send(pair[0], telegram, ALICE)
    assert telegram.arrived == []


async def test_each_bot_has_its_own_budget(pair: tuple[SharedRateLimiter, SharedRateLimiter], budget_url: str) -> None:
    assert await take_all(pair, [ALICE] * 4) == 3
    other = SharedRateLimiter(budget_url, "54321:OTHER-token")
    assert await other.take(ALICE) == 0
    await other.shutdown()
    async for key in pair[0].client.scan_iter():
        assert b"token" not in key


async def test_calls_that_send_no_message_use_no_budget(pair: tuple[SharedRateLimiter, SharedRateLimiter]) -> None:
    telegram = Telegram()
    for endpoint in ("sendChatAction", "getFile", "answerCallbackQuery"):
        for _ in range(5):
            await pair[0].process_request(telegram.send, (ALICE,), {}, endpoint, {"chat_id": ALICE}, None)
    assert await take_all(pair, [ALICE] * 3) == 3


async def test_what_was_written_before_the_clock_was_set_back_does_not_count(
    pair: tuple[SharedRateLimiter, SharedRateLimiter],
) -> None:
    assert await take_all(pair, [ALICE]) == 1
    tomorrow = (time.time() + 86400) * 1000
    for key in ("all", f"chat:{ALICE}"):
        await pair[0].client.set(pair[0].prefix + key, tomorrow)
    await pair[0].client.set(f"{pair[0].prefix}pause:{ALICE}", 1000, px=86_400_000)
    assert await take_all(pair, [ALICE] * 3) == 3
    assert 0 < await pair[0].take(ALICE) < 5


async def test_limits_are_kept_in_one_process_without_redis() -> None:
    limiter = SharedRateLimiter(AWAY, TOKEN)
    assert await take_all((limiter,), [ALICE] * 3) == 3
    assert await limiter.take(ALICE) > 0
    await limiter.pause(CHARLIE, 20)
    assert await limiter.take(CHARLIE) > 15
    await limiter.shutdown()


async def test_messages_are_sent_after_redis_goes_away(
    pair: tuple[SharedRateLimiter, SharedRateLimiter], valkey: EmbeddedValkey
) -> None:
    telegram = Telegram()
    assert await send(pair[0], telegram, ALICE)
    await asyncio.to_thread(valkey.stop)
    assert await send(pair[0], telegram, ALICE)
    assert len(telegram.arrived) == 2
