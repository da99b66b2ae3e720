"""What an archive took is given back when it is made, not when Python next looks for cycles."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np

from processing.archive.video import Film

SIDE = 320


def test_a_film_is_let_go_with_its_last_name(tmp_path: Path) -> None:
    """x264 holds megabytes for each, of which Python's search for cycles knows nothing."""
    gc.disable()
    try:
        with Film(tmp_path / "film.mp4", SIDE, 26) as film:
            film.add(np.zeros((SIDE, SIDE), np.uint8))
        lived = weakref.ref(film)
        del film
        assert lived() is None
    finally:
        gc.enable()
