"""The memory of a film is freed once the film is made, not when Python next collects cycles."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np

from processing.archive.video import Film

SIDE = 320


def test_a_film_is_freed_with_its_last_reference(tmp_path: Path) -> None:
    """x264 holds megabytes for each film, and Python's garbage collector does not know of them."""
    gc.disable()
    try:
        with Film(tmp_path / "film.mp4", SIDE, 26) as film:
            film.add(np.zeros((SIDE, SIDE), np.uint8))
        reference = weakref.ref(film)
        del film
        assert reference() is None
    finally:
        gc.enable()
