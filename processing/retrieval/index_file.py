"""The index of a document's words on disk, so that it is made once and not by everybody who asks."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from processing.retrieval.lexical import LexicalIndex

# Goes up with every change of what a term, a gram or a pair is: an index of another format is made anew.
FORMAT = 2
ARRAYS = ("keys", "starts", "numbers", "counts", "lengths")


def write_index(index: LexicalIndex, path: Path) -> None:
    arrays = {name: getattr(index, name) for name in ARRAYS}
    np.savez(path, format=np.array(FORMAT), language=np.array(index.language), **arrays)


def read_index(path: Path) -> LexicalIndex | None:
    """None where the file is of another format or cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            if int(stored["format"]) != FORMAT:
                return None
            return LexicalIndex(str(stored["language"]), *(stored[name] for name in ARRAYS))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None
