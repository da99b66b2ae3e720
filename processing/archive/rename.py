"""Gives a film the present name of its document: the frames stay, and the name is written beside them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import UserMistake
from processing.archive.read import read_film
from processing.archive.video import copy_film


@contextmanager
def open_renamed(film: Path, name: str, scratch_directory: Path) -> Iterator[Path]:
    """A context with the path of a film that carries ``name``: ``film`` itself, or a copy if it has another name.

    A film carries the name that its document had when it was made. The copy says the new one in its metadata, which
    ``read_film`` prefers, so that no frame has to be made again.
    """
    if carries(film, name):
        yield film
        return
    scratch_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="renamed-", dir=scratch_directory, ignore_cleanup_errors=True) as folder:
        copied = Path(folder) / film.name
        copy_film(film, copied, name)
        yield copied


def carries(film: Path, name: str) -> bool:
    """Return whether the film has this name. A film that can't be read is left as it is, so it counts as having it."""
    try:
        return read_film(film)[0].name == name
    except UserMistake:
        return True
