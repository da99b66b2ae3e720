"""Doubles of what is slow: the film of a document, and a notifier that shows each progress before the work goes on."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

import db.engine
from bot.delivery.notifier import TelegramNotifier
from bot.delivery.rate_limiter import SharedRateLimiter
from processing.archive.build import FILES, VECTORS, ArchiveFacts
from processing.archive.film import OnProgress
from processing.archive.vectors import VectorParts, embed_passages
from processing.documents import ingest
from processing.ports import Embedder
from processing.retrieval import index_cache
from processing.types import Passage, Stage

# A lock that is not free now will not become free: the world does one thing at a time.
BUSY_SECONDS = 0.05


def build_small_archive(
    passages: Sequence[Passage],
    folder: Path,
    *,
    name: str,
    embedder: Embedder,
    on_progress: OnProgress,
    parts: VectorParts | None = None,
) -> ArchiveFacts:
    """As ``build_archive``, with files that hold no film."""
    vectors = embed_passages(passages, embedder, on_progress, parts)
    on_progress(Stage.FILMING, 1, 1)
    for file in FILES:
        (folder / file).write_bytes(f"{file} of {name}".encode())
    with (folder / VECTORS).open("wb") as opened:
        np.save(opened, vectors)
    hashes = {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in FILES}
    return ArchiveFacts(len(passages), len(passages), 1, embedder.model, hashes)


def read_small_vectors(path: Path) -> NDArray[np.float32]:
    with path.open("rb") as file:
        vectors: NDArray[np.float32] = np.load(file)
    return vectors


@contextmanager
def fast_parts() -> Iterator[None]:
    """Within this context films are not made, and a locked database says so soon."""
    with (
        patch.object(ingest, "build_archive", build_small_archive),
        patch.object(ingest, "read_vectors", read_small_vectors),
        patch.object(index_cache, "read_vectors", read_small_vectors),
        patch.object(db.engine, "BUSY_TIMEOUT_SECONDS", BUSY_SECONDS),
    ):
        yield


class FreeRateLimiter(SharedRateLimiter):
    """Repeats calls as the product's does; a message never waits for its turn."""

    async def take(self, chat_id: int) -> float:
        return 0.0

    async def pause(self, chat_id: int, seconds: float) -> None:
        """Telegram's pause is over at once."""


class SettledNotifier(TelegramNotifier):
    """Shows every progress before the work goes on, so that the same run makes the same calls."""

    def _show(self, *shown: Any) -> None:
        super()._show(*shown)
        asyncio.run_coroutine_threadsafe(self._settle(), self.loop).result()

    async def _settle(self) -> None:
        while self.progress._tasks:
            await asyncio.wait(self.progress._tasks)
