"""Reads archives: the vectors for searching, and all passages of a document from its film alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from errors import StorageUnavailable, UserMistake
from processing.archive.build import hash_file
from processing.archive.frames import Label, read_payload, read_qr
from processing.archive.validate import check_passage
from processing.archive.video import find_title, is_made_here, list_frames
from processing.types import Passage


def check_hashes(paths: Mapping[str, Path], sha256: Mapping[str, str]) -> None:
    """Raise ``StorageUnavailable`` if a file's hash is not that in ``sha256``. Both mappings have file names as keys.

    This is necessary because FAISS loads damaged indexes without an error.
    """
    if any(hash_file(path) != sha256.get(name) for name, path in paths.items()):
        raise StorageUnavailable


def read_vectors(path: Path) -> NDArray[np.float32]:
    """Return the vectors of a ``.faiss`` file: shape (passages, dimension), float32, in the order of the passages."""
    import faiss

    index: Any = faiss.read_index(str(path))
    inner = faiss.downcast_index(index.index)
    return np.asarray(inner.reconstruct_n(0, index.ntotal), dtype=np.float32)


def read_film(film: Path | BinaryIO) -> tuple[Label, Iterator[Passage]]:
    """Return a film's label, and an iterator that reads its passages in order.

    The label has the name that the film was given later, if any.

    Raise ``UserMistake``: ``archive_foreign`` if Socrate did not make the video, ``archive_damaged`` if the film is
    damaged or not complete. The iterator raises ``archive_damaged``, too.
    """
    # Read first, because both read from the start of the same file.
    title = find_title(film)
    frames = list_frames(film)
    try:
        first, label = read_payload(read_qr(next(frames)) or "")
    except (ValueError, StopIteration):
        raise UserMistake("archive_damaged" if is_made_here(film) else "archive_foreign") from None
    if label is None:
        raise UserMistake("archive_damaged")
    rest = (read_payload(read_qr(frame) or "")[0] for frame in frames)
    return replace(label, name=title or label.name), check_passages(chain([first], rest), label.total)


def check_passages(passages: Iterator[Passage], total: int) -> Iterator[Passage]:
    """Yield the passages. Raise ``UserMistake`` (``archive_damaged``) if one is unsound or they are not ``total``."""
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
