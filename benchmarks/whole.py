"""Measures one document, with nothing else in the process: ``python -m benchmarks.whole FILE`` prints JSON.

Times are in seconds, memory in bytes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import read_peak_memory
from benchmarks.ours import count_exact, run_document
from processing.embedding import DEFAULT_MODEL, make_embedder


def main() -> None:
    embedder = make_embedder(DEFAULT_MODEL)
    embedder.warm_up()
    with tempfile.TemporaryDirectory() as scratch:
        run = run_document(Path(sys.argv[1]), Path(scratch), embedder)
        peak = read_peak_memory()
        facts = {
            "pages": run.pages,
            "passages": len(run.passages),
            "searchable": run.searchable,
            "ready": run.ready,
            "peak_bytes": peak,
            "longest_silence": run.stages.longest_silence,
            "stages": dict(run.stages.seconds),
            "video_to_text": run.video_bytes / run.text_bytes,
            "frames_exact": count_exact(Path(scratch), run.passages),
        }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
