"""Reads and writes the lexical index of a document: NumPy arrays in one file beside its passages."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from processing.retrieval.lexical import LexicalIndex

# The format of the file. Increase it whenever terms, n-grams or pairs are made in another way: files of another format
# are not read, and the cache builds the index of such a document again.
FORMAT = 2
ARRAYS = ("keys", "starts", "numbers", "counts", "lengths")


def write_index(index: LexicalIndex, path: Path) -> None:
    arrays = {name: getattr(index, name) for name in ARRAYS}
    np.savez(path, format=np.array(FORMAT), language=np.array(index.language), **arrays)


def read_index(path: Path) -> LexicalIndex | None:
    """Return the index, or None if the file has another format or cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            if int(stored["format"]) != FORMAT:
                return None
            return LexicalIndex(str(stored["language"]), *(stored[name] for name in ARRAYS))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None
