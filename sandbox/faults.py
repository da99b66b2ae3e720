"""Faults on demand: floods, refusals, broken pages, slow and cut connections, updates doubled and out of order."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.bot_api.problems import Problem

REASONS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
    429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
}  # fmt: skip
# The words of a rule, each with what it may be.
WORDS: dict[str, tuple[type, ...]] = {
    "method": (str,), "chat_id": (int,), "times": (int,), "probability": (int, float), "error_code": (int,),
    "description": (str,), "retry_after": (int,), "html": (str,), "delay": (int, float), "drop": (bool,),
    "after_effect": (bool,), "again": (bool,), "shuffled": (bool,),
}  # fmt: skip
UPDATES = "getUpdates"
KEPT_UPDATES, MOST_AGAIN = 50, 3
Act = Callable[[], Awaitable[Any]]


@dataclass
class Fault:
    """Strikes calls of ``method`` (``*`` for all) in ``chat_id`` (None for all), ``times`` often (None for ever).

    With ``after_effect`` the call is done first and then answered with the fault. ``delay`` is in seconds. What
    getUpdates gives comes twice and with some of what was confirmed before (``again``), in any order (``shuffled``).
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
    again: bool = False
    shuffled: bool = False

    def strikes(self, method: str, chat_id: int | None, dice: random.Random) -> bool:
        if self.method not in {"*", method} or self.chat_id not in {None, chat_id}:
            return False
        if self.times == 0 or dice.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    async def strike(self, act: Act, request: web.Request) -> Any:
        result = await act() if self.after_effect else None
        await asyncio.sleep(self.delay)
        if self.drop:
            return cut_connection(request)
        if self.html:
            return web.Response(status=self.error_code or 502, text=self.html, content_type="text/html")
        if self.error_code or self.retry_after is not None:
            raise Problem(self.error_code or 429, self.describe(), self.retry_after)
        return result if self.after_effect else await act()

    def describe(self) -> str:
        reason = self.description or REASONS.get(self.error_code or 429, "Internal Server Error")
        return f"{reason}: retry after {self.retry_after}" if self.retry_after and not self.description else reason


def cut_connection(request: web.Request) -> web.Response:
    """Close without an answer, as a broken network does; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=502)


@dataclass
class Given:
    """The newest updates that were given to the bot, confirmed or not."""

    dice: random.Random
    newest: deque[Any] = field(default_factory=lambda: deque(maxlen=KEPT_UPDATES))

    def note(self, updates: list[Any]) -> None:
        self.newest += [update for update in updates if update not in self.newest]

    def muddle(self, updates: list[Any], fault: Fault) -> list[Any]:
        if fault.again:
            earlier = self.dice.sample(list(self.newest), min(MOST_AGAIN, len(self.newest)))
            updates = [*earlier, *updates, *updates]
        return self.dice.sample(updates, len(updates)) if fault.shuffled else updates


class Faults:
    """The rules in force; ``seed`` makes their chances repeatable."""

    def __init__(self) -> None:
        self.rules: dict[int, Fault] = {}
        self.dice = random.Random(0)
        self._given = Given(self.dice)
        self._ids = itertools.count(1)

    def add(self, rule: dict[str, Any]) -> int:
        """The number of the new rule; ``ValueError`` with a sentence for what no rule may say."""
        seed = rule.pop("seed", None)
        for word, value in rule.items():
            if word not in WORDS:
                raise ValueError(f"No rule knows the word {word}.")
            if value is not None and not isinstance(value, WORDS[word]):
                raise ValueError(f"{word} has the wrong type.")
        if seed is not None:
            self.dice.seed(str(seed))
        number = next(self._ids)
        self.rules[number] = Fault(**{word: value for word, value in rule.items() if value is not None})
        return number

    def clear(self) -> None:
        self.rules.clear()
        self._given.newest.clear()

    async def run(self, method: str, chat_id: int | None, act: Act, request: web.Request) -> Any:
        """Do ``act``, or what the first rule that strikes says."""
        fault = next((rule for rule in self.rules.values() if rule.strikes(method, chat_id, self.dice)), None)
        result = await (fault.strike(act, request) if fault else act())
        if method == UPDATES and isinstance(result, list):
            result = self._given.muddle(result, fault) if fault else result
            self._given.note(result)
        return result
