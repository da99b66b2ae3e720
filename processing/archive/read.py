"""Reads archives: vectors for searching, and the whole document from the film alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from errors import StorageUnavailable, UserMistake
from processing.archive.build import hash_file
from processing.archive.frames import Label, read_payload, read_qr
from processing.archive.validate import check_passage
from processing.archive.video import is_ours, list_frames
from processing.types import Passage


def check_hashes(paths: Mapping[str, Path], sha256: Mapping[str, str]) -> None:
    """A file that is not what was written is not read: FAISS loads damaged indexes without complaint."""
    if any(hash_file(path) != sha256.get(name) for name, path in paths.items()):
        raise StorageUnavailable


def read_vectors(path: Path) -> NDArray[np.float32]:
    """The vectors of a ``.faiss`` file, shape (passages, dimension), float32, in order of the passages."""
    import faiss

    index: Any = faiss.read_index(str(path))
    inner = faiss.downcast_index(index.index)
    return np.asarray(inner.reconstruct_n(0, index.ntotal), dtype=np.float32)


def read_film(path: Path) -> tuple[Label, Iterator[Passage]]:
    """Name, model and passages from the film alone, streaming, each in its place.

    ``archive_foreign`` for what is no film of ours, ``archive_damaged`` for one that is not whole; the latter also
    while passages are read.
    """
    frames = list_frames(path)
    try:
        first, label = read_payload(read_qr(next(frames)) or "")
    except (ValueError, StopIteration):
        raise UserMistake("archive_damaged" if is_ours(path) else "archive_foreign") from None
    if label is None:
        raise UserMistake("archive_damaged")
    rest = (read_payload(read_qr(frame) or "")[0] for frame in frames)
    return label, follow(chain([first], rest), label.total)


def follow(passages: Iterator[Passage], total: int) -> Iterator[Passage]:
    count = 0
    try:
        for passage in passages:
            check_passage(passage, count)
            yield passage
            count += 1
    except ValueError:
        raise UserMistake("archive_damaged") from None
    if count != total:
        raise UserMistake("archive_damaged")
