"""Reads an asynchronous stream in a thread that must be able to stop reading at any moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Generator
from queue import Empty, SimpleQueue

TICK_SECONDS = 0.25


class StreamReader:
    """Runs streams on an event loop, which has its own thread until the process ends."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="model", daemon=True).start()

    def read(self, stream: AsyncIterator[str]) -> Generator[str]:
        """Yield the pieces of the stream, and an empty string after each ``TICK_SECONDS`` without a piece.

        An error of the stream is raised after its last piece. Closing the generator cancels the stream at once, even
        while it waits for the server.
        """
        pieces: SimpleQueue[str | None] = SimpleQueue()
        future = asyncio.run_coroutine_threadsafe(copy_to_queue(stream, pieces), self._loop)
        try:
            while (piece := wait_for_piece(pieces)) is not None:
                yield piece
            future.result()
        finally:
            future.cancel()


async def copy_to_queue(stream: AsyncIterator[str], pieces: SimpleQueue[str | None]) -> None:
    """Put every piece into the queue, then None, even if the stream fails."""
    try:
        async for piece in stream:
            pieces.put(piece)
    finally:
        pieces.put(None)


def wait_for_piece(pieces: SimpleQueue[str | None]) -> str | None:
    """Return the next piece, an empty string if none comes within ``TICK_SECONDS``, or None at the end."""
    try:
        return pieces.get(timeout=TICK_SECONDS)
    except Empty:
        return ""
