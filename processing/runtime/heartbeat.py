"""The heartbeat of a child process, over a pipe to its supervisor."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial

from processing.runtime.loops import ThreadLoop

# The environment variable in which a child finds the number of its write end.
VARIABLE = "SOCRATE_HEARTBEAT"
BEAT_SECONDS = 5.0


def open_pipe() -> tuple[int, int]:
    """Return (read end for the supervisor, which does not block; write end for the child)."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    return read_end, write_end


def has_beaten(read_end: int) -> bool:
    """Return True if there was a heartbeat since the last call."""
    with suppress(BlockingIOError):
        return bool(os.read(read_end, 4096))
    return False


def start_heartbeat(write_end: int) -> None:
    """Send heartbeats from a separate thread, so that they go on during long work and end only in a frozen process.

    After an error the next beat is sent no later than usual, because the supervisor kills a child that is silent.
    """
    beat, every = partial(os.write, write_end, b"."), BEAT_SECONDS
    ThreadLoop("heartbeat", beat, every, first_pause=every, longest_pause=every).start()
