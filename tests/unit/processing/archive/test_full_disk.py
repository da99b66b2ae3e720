"""On a full disk making an archive raises ``OSError``, and no file stays open."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from processing.archive.encoder import SocrateIndex
from processing.archive.video import Film

SIDE, FRAMES = 320, 60
KILOBYTE = 1024


@contextmanager
def limit_files(size: int) -> Iterator[None]:
    """Files of this process may have at most ``size`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def list_open(folder: Path) -> list[str]:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [str(target) for link in links if (target := link.readlink()).is_relative_to(folder)]


# PyAV reports the failed write from a destructor.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("size", [0, 1, 40 * KILOBYTE, 300 * KILOBYTE])
def test_a_film_on_a_full_disk_is_an_error_and_closes_its_files(tmp_path: Path, size: int) -> None:
    dice = np.random.default_rng(1)
    with pytest.raises(OSError), limit_files(size), Film(tmp_path / "film.mp4", SIDE, 26) as film:
        for _ in range(FRAMES):
            film.add(dice.integers(0, 255, (SIDE, SIDE), dtype=np.uint8))
    assert list_open(tmp_path) == []


@pytest.mark.parametrize("dimension", [900, 90_000])
def test_an_index_on_a_full_disk_is_an_error_and_closes_its_files(tmp_path: Path, dimension: int) -> None:
    """FAISS writes a small index as it closes the file, and does not report that this failed."""
    index = SocrateIndex("none", np.ones((1, dimension), np.float32))
    index.add_chunks(["one"], [0])
    with pytest.raises(OSError, match="index"), limit_files(3 * KILOBYTE):
        index.save(str(tmp_path / "archive.json"))
    assert list_open(tmp_path) == []
