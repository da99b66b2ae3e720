"""Runs Socrate's steps from a file to its archive, and measures the time of each."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from processing.archive import build_archive, read_film
from processing.chunking.passages import cut_passages
from processing.documents.ingest import cut_pages
from processing.documents.limits import SizeLimits
from processing.extract import open_reader
from processing.ports import Embedder
from processing.retrieval.lexical import build_lexical
from processing.types import Page, Passage
from settings import load_settings


@dataclass
class Stages:
    """The seconds of each stage, and the longest time without progress. An instance is used as ``on_progress``."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    longest_silence: float = 0.0
    _last: float = field(default_factory=time.perf_counter)

    def __call__(self, stage: str, _done: int, _total: int | None) -> None:
        now = time.perf_counter()
        spent, self._last = now - self._last, now
        self.seconds[stage] += spent
        self.longest_silence = max(self.longest_silence, spent)

    @property
    def film_seconds(self) -> float:
        return self.seconds["filming"] + self.seconds["checking"]


@dataclass(frozen=True, slots=True)
class Run:
    """The figures of one document. ``searchable`` and ``ready`` are in seconds since the start."""

    pages: int
    passages: list[Passage]
    searchable: float
    ready: float
    stages: Stages
    text_bytes: int
    video_bytes: int


def read_pages(path: Path, kind: str = "pdf") -> list[Page]:
    """Return the pages of a file, read by the child process with limits, as in a worker."""
    with open_reader(path, kind, lambda _done, _total: None) as reader:
        return list(reader)


def cut_document(source: Path | Sequence[Page], embedder: Embedder, stages: Stages) -> tuple[int, list[Passage]]:
    """Return the number of pages, and the passages. A file is cut while it is read, as in a worker."""
    if not isinstance(source, Path):
        return len(source), list(cut_passages(source, embedder.count_tokens, embedder.max_tokens))
    with open_reader(source, "pdf", lambda done, total: stages("reading", done, total)) as reader:
        return cut_pages(reader, embedder, SizeLimits.from_settings(load_settings(None)))


def run_document(source: Path | Sequence[Page], folder: Path, embedder: Embedder) -> Run:
    stages = Stages()
    began = time.perf_counter()
    pages, passages = cut_document(source, embedder, stages)
    build_lexical([passage.text for passage in passages])
    stages("cutting", len(passages), len(passages))
    searchable = time.perf_counter() - began
    facts = build_archive(passages, folder, name="benchmark", embedder=embedder, on_progress=stages)
    ready = time.perf_counter() - began
    size = sum(len(passage.text.encode()) for passage in passages)
    return Run(pages, passages, searchable, ready, stages, size, facts.video_bytes)


def count_exact(folder: Path, passages: Sequence[Passage]) -> int:
    """Return the number of frames in the folder's film that decode to their passage."""
    _, found = read_film(folder / "archive.mp4")
    return sum(one == other for one, other in zip(found, passages, strict=False))


def run_side_by_side(source: Path, folders: Sequence[Path], embedder: Embedder) -> tuple[float, list[Run]]:
    """Process a document once for each folder, at the same time, in threads. Return the seconds, and all runs."""
    runs: dict[int, Run] = {}

    def work(number: int, folder: Path) -> None:
        runs[number] = run_document(source, folder, embedder)

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(folders)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, [runs[number] for number in range(len(folders))]
