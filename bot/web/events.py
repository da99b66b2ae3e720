"""Polls the status once for all viewers of the page, and only while there are viewers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.web.status import StatusSource
from bot.web.view import describe_status
from processing.runtime.loops import TaskLoop

EVERY_SECONDS = 2.0


class Poller:
    """Asks ``source`` for the status every ``every`` seconds while there is at least one viewer."""

    def __init__(self, source: StatusSource, every: float = EVERY_SECONDS) -> None:
        self._source, self._every = source, every
        self._viewers = 0
        self._changed = asyncio.Condition()
        self._latest, self._number = "", 0
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[Poller]:
        """Count as a viewer while the context lasts; the first one starts the polling, the last one stops it."""
        self._viewers += 1
        if self._task is None:
            self._number = 0
            loop = TaskLoop("live page", self._poll, self._every, first_pause=self._every, longest_pause=self._every)
            self._task = asyncio.create_task(loop.run())
        try:
            yield self
        finally:
            self._viewers -= 1
            if not self._viewers:
                self._task.cancel()
                self._task = None

    async def get_newer(self, seen: int) -> tuple[int, str]:
        """Wait for a status with a number above ``seen`` and return (number, JSON text)."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._number > seen)
            return self._number, self._latest

    async def _poll(self) -> None:
        """Make the next status known. While that fails, the page shows how old its figures are."""
        text = json.dumps(describe_status(await self._source.get_status()))
        async with self._changed:
            self._latest, self._number = text, self._number + 1
            self._changed.notify_all()
