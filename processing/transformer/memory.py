"""Keeps the memory of a process small."""

from __future__ import annotations

import ctypes
import sys


def give_memory_back() -> None:
    """Give freed memory back to the system, where that is possible.

    Converting weights frees about 200 MB, which the C library of Linux otherwise keeps for the process.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
