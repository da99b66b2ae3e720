"""A text that kills every process that cuts it into passages, as a faulty library may do with a document."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path

from processing.retrieval import passage_file
from processing.types import Passage

POISON = "This sentence is poison for every process."
# The folder with a ``sitecustomize`` that calls ``install``.
FOLDER = Path(__file__).parent


def install() -> None:
    write = passage_file.write_passages

    def write_or_die(passages: Iterable[Passage], path: Path) -> None:
        kept = list(passages)
        if any(POISON in passage.text for passage in kept):
            os.kill(os.getpid(), signal.SIGKILL)
        write(kept, path)

    passage_file.write_passages = write_or_die
