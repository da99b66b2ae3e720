"""Shows progress by editing messages: of several edits of one message only the newest is made, at a bounded rate."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telegram.error import TelegramError

from bot.delivery.rate_limiter import RateLimitReached
from bot.render.message import Rendered

PRIVATE_GAP_SECONDS = 1.5
GROUP_GAP_SECONDS = 4.0
RATE_LIMITED_GAP_SECONDS = 0.4  # The pause before the next attempt if the rate limit left no room for an edit.
# Progress that waits longer is not shown: if this process was frozen, another one may have shown newer progress.
STALE_SECONDS = 10.0
log = logging.getLogger(__name__)
MessageRef = tuple[int, int]
Edit = Callable[[MessageRef, Rendered], Awaitable[object]]


@dataclass
class PendingEdits:
    """The newest progress to be shown in one message, and a lock that keeps edits in order."""

    newest: Rendered | None = None
    changed_at: float = 0.0
    closed: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ProgressEdits:
    """The progress of all messages of this process. Everything happens on one event loop.

    ``edit`` edits a message, and raises ``RateLimitReached`` instead of waiting.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, edit: Edit) -> None:
        self.loop, self.edit = loop, edit
        self._pending: dict[MessageRef, PendingEdits] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, ref: MessageRef, rendered: Rendered) -> None:
        """Show this progress soon; it replaces what waits to be shown in the same message."""
        pending, now = self._pending.get(ref), self.loop.time()
        if pending is None:
            pending = self._pending[ref] = PendingEdits(rendered, now)
            task = self.loop.create_task(self._show_until_idle(ref, pending))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif not pending.closed:
            pending.newest, pending.changed_at = rendered, now

    async def close(self, ref: MessageRef) -> None:
        """Drop the progress that waits, and return when the edit under way is done."""
        pending = self._pending.pop(ref, None)
        if pending is not None:
            pending.closed, pending.newest = True, None
            async with pending.lock:
                pass

    @asynccontextmanager
    async def closed(self, ref: MessageRef) -> AsyncIterator[None]:
        """A context that begins when the edit under way is done. Progress is dropped until its end, not later."""
        pending = self._pending.setdefault(ref, PendingEdits())
        pending.closed, pending.newest = True, None
        try:
            async with pending.lock:
                yield
        finally:
            self._pending.pop(ref, None)

    async def _show_until_idle(self, ref: MessageRef, pending: PendingEdits) -> None:
        """Show the newest progress, and after each gap what is newest then, until none has come during a gap."""
        gap = PRIVATE_GAP_SECONDS if ref[0] > 0 else GROUP_GAP_SECONDS
        while pending.newest is not None and not pending.closed:
            shown = await self._show_newest(ref, pending)
            await asyncio.sleep(gap if shown else RATE_LIMITED_GAP_SECONDS)
        if self._pending.get(ref) is pending and not pending.closed:
            del self._pending[ref]

    async def _show_newest(self, ref: MessageRef, pending: PendingEdits) -> bool:
        """Show the newest progress. Return False if the rate limit leaves no room for it now."""
        async with pending.lock:
            rendered, pending.newest = pending.newest, None
            if rendered is None or pending.closed or self.loop.time() - pending.changed_at > STALE_SECONDS:
                return True
            try:
                await self.edit(ref, rendered)
            except RateLimitReached:
                pending.newest = pending.newest or rendered
                return False
            except TelegramError as error:
                log.info("progress_not_shown", extra={"error": type(error).__name__})
            return True
