"""The heartbeat of a child process, over a pipe to its supervisor."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress

# The environment variable in which a child finds the number of its write end.
VARIABLE = "SOCRATE_HEARTBEAT"
BEAT_SECONDS = 5.0
log = logging.getLogger(__name__)


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
    """Send heartbeats from a separate thread, so that they go on during long work and end only in a frozen process."""
    threading.Thread(target=_beat, args=(write_end,), name="heartbeat", daemon=True).start()


def _beat(write_end: int) -> None:
    """Write to the pipe without end. No error ends the loop, because the supervisor kills a child that is silent."""
    while True:
        try:
            os.write(write_end, b".")
        except Exception as error:
            log.warning("heartbeat_failed", extra={"error": type(error).__name__})
        time.sleep(BEAT_SECONDS)
