"""Runs memvid 0.1.3 as it is published, with its defaults, and measures the time of its parts."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.machine import use_all_cores
from processing.embedding.models import find_model


@dataclass(frozen=True, slots=True)
class StockRun:
    """The figures of one archive that stock memvid made. Times are in seconds."""

    chunks: list[str]
    seconds: float
    index_seconds: float
    video: Path
    frames_exact: int

    @property
    def film_seconds(self) -> float:
        return self.seconds - self.index_seconds


def make_config(model: str = "all-MiniLM-L6-v2") -> dict[str, Any]:
    """Return memvid's defaults, with the model from its Python package, because there may be no network."""
    with quiet():
        from memvid.config import get_default_config
    config: dict[str, Any] = get_default_config()
    config["embedding"]["model"] = str(find_model(model))
    return config


def build_stock(text: str, folder: Path) -> StockRun:
    """Make an archive of the text, and return its figures. The time to load the model is not counted."""
    with quiet():
        import memvid.encoder

        # The encoder does not pass its configuration to its index, which would fetch the model from the network.
        memvid.encoder.IndexManager = partial(memvid.encoder.IndexManager, make_config())
        encoder = memvid.encoder.MemvidEncoder(enable_docker=False)
        use_all_cores()
        encoder.index_manager.embedding_model.encode(["warm"])
        add, spent = encoder.index_manager.add_chunks, []

        def timed(*args: Any, **more: Any) -> Any:
            began = time.perf_counter()
            try:
                return add(*args, **more)
            finally:
                spent.append(time.perf_counter() - began)

        encoder.index_manager.add_chunks = timed
        began = time.perf_counter()
        encoder.add_text(text)
        stats = encoder.build_video(
            str(folder / "stock.mp4"), str(folder / "stock.json"), show_progress=False, auto_build_docker=False
        )
        seconds = time.perf_counter() - began
        video = Path(stats["video_file"])
        return StockRun(list(encoder.chunks), seconds, sum(spent), video, count_exact(video, encoder.chunks))


def count_exact(video: Path, chunks: list[str]) -> int:
    """Return the number of frames that memvid's own reader decodes to their chunk."""
    from memvid.utils import extract_and_decode_cached

    decoded = (extract_and_decode_cached(str(video), number) or "" for number in range(len(chunks)))
    return sum(chunk in text for chunk, text in zip(chunks, decoded, strict=True) if text)


@contextlib.contextmanager
def whole_memvid() -> Iterator[None]:
    """A context in which memvid is imported anew, with the packages for which Socrate gives it stand-ins."""
    kept = take_modules()
    try:
        import cv2  # noqa: F401
        import sentence_transformers  # noqa: F401

        yield
    finally:
        take_modules()
        sys.modules.update(kept)


def take_modules() -> dict[str, ModuleType]:
    """Remove memvid from the imported modules, and return its modules by name."""
    names = [name for name in sys.modules if name.partition(".")[0] == "memvid"]
    return {name: sys.modules.pop(name) for name in names}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Suppress all output, log messages and warnings of memvid."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
