"""Time that passes at once: an event loop whose waits are shortened, and pauses that only move the clock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import patch

import tenacity

from tests.doubles import Clock

Result = TypeVar("Result")
# A second of the product's pauses lasts so many seconds.
SCALE = 0.001
# Real seconds after which a step counts as hung.
HUNG_SECONDS = 600.0


class ShortLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers are shortened by ``SCALE``; ``time`` is real."""

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> Any:
        now = self.time()
        return super().call_at(now + max(0.0, when - now) * SCALE, callback, *args, context=context)


class LoopThread:
    """A ``ShortLoop`` in a thread of its own."""

    def __init__(self) -> None:
        self.loop = ShortLoop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(HUNG_SECONDS)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@contextmanager
def short_pauses(clock: Clock) -> Iterator[None]:
    """Within this context the pauses between retries move the clock instead of waiting."""
    began = clock()

    def sleep(seconds: float) -> None:
        clock.pass_time(seconds=seconds)

    def monotonic() -> float:
        return (clock() - began).total_seconds()

    with (
        patch.object(tenacity.nap, "time", SimpleNamespace(sleep=sleep)),
        patch.object(tenacity, "time", SimpleNamespace(monotonic=monotonic)),
    ):
        yield
