"""A sign of life from a child process to its supervisor, over a pipe of their own."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress

VARIABLE = "SOCRATE_HEARTBEAT"
BEAT_SECONDS = 5.0


def open_pipe() -> tuple[int, int]:
    """(end to listen at without waiting, end for the child)."""
    listening, speaking = os.pipe()
    os.set_blocking(listening, False)
    return listening, speaking


def has_beaten(listening: int) -> bool:
    """Whether a sign came since the last look."""
    with suppress(BlockingIOError):
        return bool(os.read(listening, 4096))
    return False


def start_beating(speaking: int) -> None:
    """From a thread of its own: work may take as long as it takes, only a frozen process is silent."""
    threading.Thread(target=_beat, args=(speaking,), name="heartbeat", daemon=True).start()


def _beat(speaking: int) -> None:
    with suppress(OSError):
        while True:
            os.write(speaking, b".")
            time.sleep(BEAT_SECONDS)
