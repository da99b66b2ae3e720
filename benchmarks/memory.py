"""Measures the memory after making many archives: ``python -m benchmarks.memory FILE`` prints JSON.

The keys are the numbers of archives made so far, the values the bytes that the process uses then.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import read_memory
from benchmarks.ours import read_pages
from processing.archive import build_archive
from processing.chunking.passages import cut_passages
from processing.embedding import DEFAULT_MODEL, make_embedder

MEASURED_AFTER = (5, 50, 150)
PASSAGES = 40


def main() -> None:
    embedder = make_embedder(DEFAULT_MODEL)
    passages = list(cut_passages(read_pages(Path(sys.argv[1])), embedder.count_tokens, embedder.max_tokens))
    held: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(1, max(MEASURED_AFTER) + 1):
            start = number * 7 % (len(passages) - PASSAGES)
            some = passages[start : start + PASSAGES]
            build_archive(some, Path(scratch), name="benchmark", embedder=embedder, on_progress=lambda *_: None)
            if number in MEASURED_AFTER:
                held[number] = read_memory()
    print(json.dumps(held))


if __name__ == "__main__":
    main()
