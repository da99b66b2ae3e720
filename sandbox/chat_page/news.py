"""Waiting for something to happen, without locks: everything runs on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class News:
    """``announce`` wakes everyone who waits; each looks for itself whether it was for them."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def announce(self) -> None:
        now, self._next = self._next, asyncio.Event()
        now.set()

    async def wait_until(self, ready: Callable[[], bool], seconds: float | None) -> bool:
        """Whether ``ready()`` came true within ``seconds`` (None: no limit)."""
        try:
            async with asyncio.timeout(seconds):
                while not ready():
                    await self._next.wait()
        except TimeoutError:
            return ready()
        return True
