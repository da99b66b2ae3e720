"""The rate limit for messages of this bot, shared by all processes in Redis; per process while Redis is unavailable."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from telegram._utils.types import JSONDict
from telegram.error import NetworkError, RetryAfter
from telegram.ext import BaseRateLimiter

from bot.delivery.certainty import may_repeat
from errors import SocrateError

log = logging.getLogger(__name__)

COUNTED = ("send", "edit", "copy", "forward")
FREE = {"sendChatAction"}
LONGEST_WAIT_SECONDS = 60.0
RETRIES = 3
# Before the second and the third try of a call that did not get through.
NETWORK_PAUSES = (0.5, 2.0)
REDIS_PAUSE_SECONDS = 5.0


class BudgetShort(SocrateError):
    """A progress message was not sent because the rate limit leaves no room for it."""

    key = "budget_short"


@dataclass(frozen=True, slots=True)
class Limit:
    """Allows one message every ``gap`` seconds on average, and ``burst`` messages at once."""

    key: str
    gap: float
    burst: int


# Generic cell rate algorithm over several limits: a message counts only if every limit has room for it. Returns the
# milliseconds to wait, 0 if the message may be sent. KEYS[1] pauses the chat.
TAKE = """
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local wait = math.max(0, redis.call('PTTL', KEYS[1]))
for i = 2, #KEYS do
  local gap, burst = tonumber(ARGV[2 * i - 3]), tonumber(ARGV[2 * i - 2])
  local full = tonumber(redis.call('GET', KEYS[i]) or 0)
  wait = math.max(wait, math.max(full, now) + gap - burst * gap - now)
end
if wait > 0 then return math.ceil(wait) end
for i = 2, #KEYS do
  local gap = tonumber(ARGV[2 * i - 3])
  local full = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now) + gap
  redis.call('SET', KEYS[i], full, 'PX', math.ceil(full - now) + 1000)
end
return 0
"""


def list_limits(chat_id: int) -> list[Limit]:
    """The limits of the bot and of the chat.

    Telegram documents 30 messages a second in all, 1 a second in a private chat and 20 a minute in a group. A burst
    counts towards the window that it begins, so the steady rates here are lower. In a private chat Telegram allows
    short bursts over the limit.
    """
    whole = Limit("all", 1 / 25, 5)
    own = Limit(f"chat:{chat_id}", 1.0, 3) if chat_id > 0 else Limit(f"chat:{chat_id}", 3.75, 5)
    return [whole, own]


@dataclass
class LocalBudget:
    """The same algorithm, for this process alone."""

    full: dict[str, float] = field(default_factory=dict)
    paused: dict[str, float] = field(default_factory=dict)

    def take(self, pause_key: str, limits: list[Limit]) -> float:
        """Return the seconds to wait; 0 if the message may be sent and is counted."""
        now = time.monotonic()
        waits = [max(self.full.get(limit.key, 0), now) + limit.gap - limit.burst * limit.gap - now for limit in limits]
        wait = max(0.0, self.paused.get(pause_key, 0) - now, *waits)
        if wait > 0:
            return wait
        for limit in limits:
            self.full[limit.key] = max(self.full.get(limit.key, 0), now) + limit.gap
        if len(self.full) > 10_000:
            self.full = {key: full for key, full in self.full.items() if full > now}
        return 0.0

    def pause(self, pause_key: str, seconds: float) -> None:
        self.paused[pause_key] = time.monotonic() + seconds


class SharedRateLimiter(BaseRateLimiter[dict[str, Any]]):
    """Waits until a message may be sent; with ``rate_limit_args={"droppable": True}`` (progress) it raises instead.

    After a flood error its chat pauses for as long as Telegram says, in every process. Calls that failed on the network
    are repeated if that can't send anything twice.
    """

    def __init__(self, url: str, token: str) -> None:
        self.prefix = f"socrate:{hashlib.sha256(token.encode()).hexdigest()[:12]}:"
        # One more try, at once: while Redis is unavailable the local budget is used, which is no reason to wait.
        self.client = redis.from_url(url, socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1))
        self.script = self.client.register_script(TAKE)
        self.local = LocalBudget()
        self._redis_away_until = 0.0

    async def initialize(self) -> None:
        """Does nothing, because the connection is made at its first use."""

    async def shutdown(self) -> None:
        await self.client.aclose()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: dict[str, Any] | None,
    ) -> bool | JSONDict | list[JSONDict]:
        chat_id = find_chat(endpoint, data)
        droppable = bool(rate_limit_args and rate_limit_args.get("droppable"))
        for attempt in range(1, RETRIES + 1):
            if chat_id is not None:
                await self.wait_for_turn(chat_id, droppable)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as flood:
                if chat_id is None:
                    raise
                seconds = get_seconds(flood)
                await self.pause(chat_id, seconds)
                if droppable:
                    raise BudgetShort from flood
                if attempt == RETRIES or seconds > LONGEST_WAIT_SECONDS:
                    raise
            except NetworkError as error:
                if droppable or attempt == RETRIES or not may_repeat(endpoint, error):
                    raise
                await asyncio.sleep(NETWORK_PAUSES[attempt - 1])
        raise AssertionError("unreachable")

    async def wait_for_turn(self, chat_id: int, droppable: bool) -> None:
        """Return when a message may be sent.

        Raises ``BudgetShort`` if a droppable message would have to wait, and ``RetryAfter`` after the longest wait.
        """
        waited = 0.0
        while (wait := await self.take(chat_id)) > 0:
            if droppable:
                raise BudgetShort
            if waited > LONGEST_WAIT_SECONDS:
                raise RetryAfter(int(wait) + 1)
            await asyncio.sleep(wait)
            waited += wait

    async def take(self, chat_id: int) -> float:
        """Return the seconds to wait; 0 if the message may be sent and is counted."""
        limits, pause = list_limits(chat_id), f"pause:{chat_id}"
        if time.monotonic() >= self._redis_away_until:
            keys = [self.prefix + pause, *(self.prefix + limit.key for limit in limits)]
            figures = [figure for limit in limits for figure in (limit.gap * 1000, limit.burst)]
            try:
                return float(await self.script(keys=keys, args=figures)) / 1000
            except (RedisError, OSError):
                self._redis_away_until = time.monotonic() + REDIS_PAUSE_SECONDS
                log.warning("shared_budget_unavailable")
        return self.local.take(pause, limits)

    async def pause(self, chat_id: int, seconds: float) -> None:
        """Send nothing to the chat for ``seconds``, in every process."""
        log.warning("flood_wait", extra={"seconds": seconds})
        self.local.pause(f"pause:{chat_id}", seconds)
        try:
            await self.client.set(f"{self.prefix}pause:{chat_id}", 1, px=max(1, int(seconds * 1000)))
        except (RedisError, OSError):
            self._redis_away_until = time.monotonic() + REDIS_PAUSE_SECONDS


def find_chat(endpoint: str, data: dict[str, Any]) -> int | None:
    """The chat whose limit a call counts towards; None for calls that don't count."""
    chat_id = data.get("chat_id")
    if endpoint in FREE or not endpoint.startswith(COUNTED) or not isinstance(chat_id, int):
        return None
    return chat_id


def get_seconds(flood: RetryAfter) -> float:
    """The seconds for which Telegram asks to wait."""
    wait = flood.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
