"""Reads an asynchronous stream from a thread that must never be kept waiting long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Generator
from queue import Empty, SimpleQueue

TICK_SECONDS = 0.25


class Listener:
    """One event loop beside the threads of a worker; it ends with its process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="model", daemon=True).start()

    def listen(self, stream: AsyncIterator[str]) -> Generator[str]:
        """The pieces as they come, and an empty one for each moment of silence; its errors at the end.

        Whoever stops listening ends the stream with all it holds, in mid-silence, too.
        """
        heard: SimpleQueue[str | None] = SimpleQueue()
        future = asyncio.run_coroutine_threadsafe(pass_on(stream, heard), self._loop)
        try:
            while (piece := wait_a_moment(heard)) is not None:
                yield piece
            future.result()
        finally:
            future.cancel()


async def pass_on(stream: AsyncIterator[str], heard: SimpleQueue[str | None]) -> None:
    """``None`` says that it is over, whatever its end."""
    try:
        async for piece in stream:
            heard.put(piece)
    finally:
        heard.put(None)


def wait_a_moment(heard: SimpleQueue[str | None]) -> str | None:
    try:
        return heard.get(timeout=TICK_SECONDS)
    except Empty:
        return ""
