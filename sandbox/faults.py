"""Faults on demand: rate limits, errors, broken answers, slow or cut connections, repeated or shuffled updates."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.errors import ApiError

REASONS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
    429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
}  # fmt: skip
# The fields of a rule as JSON, and the types of values that each accepts.
FIELDS: dict[str, tuple[type, ...]] = {
    "method": (str,), "chat_id": (int,), "times": (int,), "probability": (int, float), "error_code": (int,),
    "description": (str,), "retry_after": (int,), "html": (str,), "delay": (int, float), "drop": (bool,),
    "after_effect": (bool,), "repeated": (bool,), "shuffled": (bool,),
}  # fmt: skip
GET_UPDATES = "getUpdates"
KEPT_UPDATES, MAX_REPEATED = 50, 3
Act = Callable[[], Awaitable[Any]]


@dataclass
class Fault:
    """A rule for calls of ``method`` (``*`` for all) in the chat ``chat_id`` (None for all chats).

    The rule applies ``times`` times (None: without limit), each time with ``probability`` from 0 to 1. The call then:

    - waits ``delay`` seconds;
    - with ``drop`` loses its connection, with ``html`` is answered with this page, as a broken proxy would;
    - with ``error_code`` or ``retry_after`` (seconds) is answered with that error and ``description``;
    - with ``after_effect`` takes effect before any of these, otherwise only if it does not fail.

    With ``repeated`` getUpdates gives every update twice, and up to ``MAX_REPEATED`` that it gave before; with
    ``shuffled`` it gives them in random order.
    """

    method: str = "*"
    chat_id: int | None = None
    times: int | None = None
    probability: float = 1.0
    error_code: int | None = None
    description: str = ""
    retry_after: int | None = None
    html: str = ""
    delay: float = 0.0
    drop: bool = False
    after_effect: bool = False
    repeated: bool = False
    shuffled: bool = False

    def take(self, method: str, chat_id: int | None, dice: random.Random) -> bool:
        """Return whether the rule applies to this call; if so, one of its ``times`` is used up."""
        if self.method not in {"*", method} or self.chat_id not in {None, chat_id}:
            return False
        if self.times == 0 or dice.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    async def apply(self, act: Act, request: web.Request) -> Any:
        """Return the result of ``act``, or a response in its place. Raise ``ApiError`` if the rule has an error."""
        result = await act() if self.after_effect else None
        await asyncio.sleep(self.delay)
        if self.drop:
            return cut_connection(request)
        if self.html:
            return web.Response(status=self.error_code or 502, text=self.html, content_type="text/html")
        if self.error_code or self.retry_after is not None:
            raise ApiError(self.error_code or 429, self.describe(), self.retry_after)
        return result if self.after_effect else await act()

    def describe(self) -> str:
        """Return the description of the error: the rule's own, or Telegram's for the code."""
        reason = self.description or REASONS.get(self.error_code or 429, "Internal Server Error")
        return f"{reason}: retry after {self.retry_after}" if self.retry_after and not self.description else reason


def cut_connection(request: web.Request) -> web.Response:
    """Close the connection without an answer. aiohttp needs a response to be returned, but it is never sent."""
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=502)


@dataclass
class RecentUpdates:
    """The last ``KEPT_UPDATES`` updates that the bot received from getUpdates, confirmed or not."""

    dice: random.Random
    newest: deque[Any] = field(default_factory=lambda: deque(maxlen=KEPT_UPDATES))

    def record(self, updates: list[Any]) -> None:
        self.newest += [update for update in updates if update not in self.newest]

    def disturb(self, updates: list[Any], fault: Fault) -> list[Any]:
        """Return ``updates``, repeated or shuffled if ``fault`` says so."""
        if fault.repeated:
            earlier = self.dice.sample(list(self.newest), min(MAX_REPEATED, len(self.newest)))
            updates = [*earlier, *updates, *updates]
        return self.dice.sample(updates, len(updates)) if fault.shuffled else updates


class Faults:
    """The rules in force, by their id."""

    def __init__(self) -> None:
        self.rules: dict[int, Fault] = {}
        self.dice = random.Random(0)
        self._recent = RecentUpdates(self.dice)
        self._ids = itertools.count(1)

    def add(self, rule: dict[str, Any]) -> int:
        """Add a rule and return its id. A ``seed`` among its fields makes all later random choices repeatable.

        Raise ``ValueError`` with a sentence for an unknown field or a value of the wrong type.
        """
        seed = rule.pop("seed", None)
        for name, value in rule.items():
            if name not in FIELDS:
                raise ValueError(f"A rule has no field {name}.")
            if value is not None and not isinstance(value, FIELDS[name]):
                raise ValueError(f"{name} has the wrong type.")
        if seed is not None:
            self.dice.seed(str(seed))
        number = next(self._ids)
        self.rules[number] = Fault(**{name: value for name, value in rule.items() if value is not None})
        return number

    def clear(self) -> None:
        self.rules.clear()
        self._recent.newest.clear()

    async def run(self, method: str, chat_id: int | None, act: Act, request: web.Request) -> Any:
        """Return the result of ``act``, changed by the first rule that applies. Raise its error or that of ``act``."""
        fault = next((rule for rule in self.rules.values() if rule.take(method, chat_id, self.dice)), None)
        result = await (fault.apply(act, request) if fault else act())
        if method == GET_UPDATES and isinstance(result, list):
            result = self._recent.disturb(result, fault) if fault else result
            self._recent.record(result)
        return result
