"""One look at the system for all viewers, and none while nobody views."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.web.status import StatusSource
from bot.web.view import describe_status

EVERY_SECONDS = 2.0
log = logging.getLogger(__name__)


class Poller:
    """Looks every ``every`` seconds as long as someone watches."""

    def __init__(self, source: StatusSource, every: float = EVERY_SECONDS) -> None:
        self._source, self._every = source, every
        self._viewers = 0
        self._news = asyncio.Condition()
        self._latest, self._number = "", 0
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[Poller]:
        """Looking goes on from the first viewer's coming to the last one's leaving."""
        self._viewers += 1
        if self._task is None:
            self._number = 0
            self._task = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            self._viewers -= 1
            if not self._viewers:
                self._task.cancel()
                self._task = None

    async def get_newer(self, seen: int) -> tuple[int, str]:
        """Number and JSON text of a status newer than number ``seen``; waits for it where there is none."""
        async with self._news:
            await self._news.wait_for(lambda: self._number > seen)
            return self._number, self._latest

    async def _run(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(self._every)

    async def _look(self) -> None:
        # One look that fails must not end the page for everybody: viewers see that news stay away.
        try:
            status = await self._source.get_status()
        except Exception as error:
            log.error("status_failed", extra={"error": type(error).__name__})
            return
        async with self._news:
            self._latest, self._number = json.dumps(describe_status(status)), self._number + 1
            self._news.notify_all()
