"""The clock of the database, which all processes share: the clocks of machines differ, and may be set back."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from db.engine import Database

# Unlike the monotonic clock, this one goes on while the machine is suspended. macOS has none.
BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SharedClock:
    """Returns the time of the database as of the last ``sync``, and what has passed since then.

    Leases of one process are judged by others, so all of them must agree on the time. Until the first ``sync`` it is
    the time of this machine.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = (datetime.now(UTC), read_elapsed())

    def __call__(self) -> datetime:
        base, at = self._known
        return base + timedelta(seconds=read_elapsed() - at)

    def sync(self) -> None:
        """Ask the database for its time. Raise ``DatabaseUnavailable``, and go on as before, if it does not answer."""
        began = read_elapsed()
        told = self._database.read_time()
        self._known = (told, (began + read_elapsed()) / 2)


def read_elapsed() -> float:
    return time.clock_gettime(BOOT_CLOCK)
