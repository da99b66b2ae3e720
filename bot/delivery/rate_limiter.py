"""The rate limit for messages of this bot, shared by all processes in Redis; per process while Redis is unavailable."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from telegram._utils.types import JSONDict
from telegram.error import NetworkError, RetryAfter
from telegram.ext import BaseRateLimiter

from bot.delivery.certainty import get_seconds, may_repeat
from errors import SocrateError

log = logging.getLogger(__name__)

COUNTED = ("send", "edit", "copy", "forward")
FREE = {"sendChatAction"}
LONGEST_WAIT_SECONDS = 60.0
MAX_ATTEMPTS = 3
# Seconds before the second and the third attempt at a call that failed on the network.
NETWORK_PAUSES = (0.5, 2.0)
REDIS_PAUSE_SECONDS = 5.0


class RateLimitReached(SocrateError):
    """Raised instead of waiting when a droppable message would exceed the rate limit, or Telegram says that it does."""

    key = "rate_limit_reached"


@dataclass(frozen=True, slots=True)
class Limit:
    """Allows one message every ``gap`` seconds on average, and ``burst`` messages at once. ``key`` is its Redis key."""

    key: str
    gap: float
    burst: int


# Generic cell rate algorithm over several limits: a message counts only if every limit has room for it. Returns the
# milliseconds to wait, 0 if the message may be sent. While KEYS[1] exists, the chat is paused; it holds the length of
# its pause in milliseconds. Each further key holds the time in milliseconds at which the whole burst of a limit is free
# again; ARGV has gap and burst of each limit. What lies further ahead than it can be was written before the clock was
# set back, and does not count.
TAKE = """
local now = redis.call('TIME'); now = now[1] * 1000 + math.floor(now[2] / 1000)
local wait = math.max(0, redis.call('PTTL', KEYS[1]))
if wait > tonumber(redis.call('GET', KEYS[1]) or 0) then wait = 0 end
local free = {}
for i = 2, #KEYS do
  local gap, burst = tonumber(ARGV[2 * i - 3]), tonumber(ARGV[2 * i - 2])
  free[i] = tonumber(redis.call('GET', KEYS[i]) or 0)
  if free[i] > now + burst * gap + 1000 then free[i] = 0 end
  wait = math.max(wait, math.max(free[i], now) + gap - burst * gap - now)
end
if wait > 0 then return math.ceil(wait) end
for i = 2, #KEYS do
  local gap = tonumber(ARGV[2 * i - 3])
  local free_at = math.max(free[i], now) + gap
  redis.call('SET', KEYS[i], free_at, 'PX', math.ceil(free_at - now) + 1000)
end
return 0
"""


def list_limits(chat_id: int) -> list[Limit]:
    """Return the limit of the bot and that of the chat.

    Telegram documents 30 messages a second in all, 20 a minute in a group and 1 a second in a private chat, where it
    allows short bursts. The first two are lower here, so that a burst and the messages after it stay within them.
    """
    whole = Limit("all", 1 / 25, 5)
    own = Limit(f"chat:{chat_id}", 1.0, 3) if chat_id > 0 else Limit(f"chat:{chat_id}", 3.75, 5)
    return [whole, own]


@dataclass
class LocalBudget:
    """The algorithm of ``TAKE``, for this process alone.

    ``free_at`` is the time at which the whole burst of a limit is free again, ``paused`` the end of a chat's pause.
    Both are in seconds of the monotonic clock.
    """

    free_at: dict[str, float] = field(default_factory=dict)
    paused: dict[str, float] = field(default_factory=dict)

    def take(self, pause_key: str, limits: list[Limit]) -> float:
        """Return the seconds to wait; 0 if the message may be sent and is counted."""
        now = time.monotonic()
        waits = [max(self.free_at.get(each.key, 0), now) + each.gap - each.burst * each.gap - now for each in limits]
        wait = max(0.0, self.paused.get(pause_key, 0) - now, *waits)
        if wait > 0:
            return wait
        for limit in limits:
            self.free_at[limit.key] = max(self.free_at.get(limit.key, 0), now) + limit.gap
        if len(self.free_at) > 10_000:
            self.free_at = {key: free_at for key, free_at in self.free_at.items() if free_at > now}
        return 0.0

    def pause(self, pause_key: str, seconds: float) -> None:
        self.paused[pause_key] = time.monotonic() + seconds


class SharedRateLimiter(BaseRateLimiter[dict[str, Any]]):
    """Waits until a message may be sent, or raises ``RateLimitReached`` with ``rate_limit_args={"droppable": True}``.

    After a flood error the chat pauses for as long as Telegram says (``pause``). Calls that failed on the network are
    repeated if that can't send anything twice; droppable ones are never repeated.
    """

    def __init__(self, url: str, token: str) -> None:
        self.prefix = f"socrate:{hashlib.sha256(token.encode()).hexdigest()[:12]}:"
        # One retry without a pause: while Redis is unavailable the local budget is used, so there is no reason to wait.
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
        for attempt in range(1, MAX_ATTEMPTS + 1):
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
                    raise RateLimitReached from flood
                if attempt == MAX_ATTEMPTS or seconds > LONGEST_WAIT_SECONDS:
                    raise
            except NetworkError as error:
                if droppable or attempt == MAX_ATTEMPTS or not may_repeat(endpoint, error):
                    raise
                await asyncio.sleep(NETWORK_PAUSES[attempt - 1])
        raise AssertionError("unreachable")

    async def wait_for_turn(self, chat_id: int, droppable: bool) -> None:
        """Return when a message may be sent.

        Raise ``RateLimitReached`` if a droppable message would have to wait, ``RetryAfter`` after a minute of waiting.
        """
        waited = 0.0
        while (wait := await self.take(chat_id)) > 0:
            if droppable:
                raise RateLimitReached
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
        """Let every process send nothing to the chat for ``seconds``; while Redis is unavailable, only this process."""
        log.warning("flood_wait", extra={"seconds": seconds})
        self.local.pause(f"pause:{chat_id}", seconds)
        length = max(1, int(seconds * 1000))
        try:
            await self.client.set(f"{self.prefix}pause:{chat_id}", length, px=length)
        except (RedisError, OSError):
            self._redis_away_until = time.monotonic() + REDIS_PAUSE_SECONDS


def find_chat(endpoint: str, data: dict[str, Any]) -> int | None:
    """Return the id of the chat whose limit a call counts towards; None for calls that don't count."""
    chat_id = data.get("chat_id")
    if endpoint in FREE or not endpoint.startswith(COUNTED) or not isinstance(chat_id, int):
        return None
    return chat_id
