"""Lets coroutines wait for a change of state. There are no locks: everything runs on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Changes:
    """One signal for all changes: ``announce`` wakes every waiting coroutine, and each checks its condition again."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def announce(self) -> None:
        current, self._next = self._next, asyncio.Event()
        current.set()

    async def wait_until(self, ready: Callable[[], bool], seconds: float | None) -> bool:
        """Return whether ``ready()`` became true within ``seconds``. None waits without a limit."""
        try:
            async with asyncio.timeout(seconds):
                while not ready():
                    await self._next.wait()
        except TimeoutError:
            return ready()
        return True
