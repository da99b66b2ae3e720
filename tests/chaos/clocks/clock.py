"""Runs inside the processes of a stack: shifts what their clock says by the seconds in a file, which tests may change.

The product does not know of it: ``sitecustomize`` patches ``time.time`` and the clock of the services. The monotonic
clock goes on as that of a real machine does.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

VARIABLE = "SOCRATE_CLOCK"
PROGRAMS = ("main.py", "worker.py")


def install() -> None:
    """Patch the clock, if the environment names a file and this is a process of the product itself."""
    file = os.environ.get(VARIABLE)
    if file and any(word.endswith(PROGRAMS) for word in sys.orig_argv):
        patch(Path(file))


def patch(file: Path) -> None:
    from processing import services

    real = time.time

    class ShiftedDatetime(datetime):
        """Only ``now`` differs; what it returns is an ordinary ``datetime``."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=read_shift(file))

    time.time = lambda: real() + read_shift(file)
    services.datetime = ShiftedDatetime  # type: ignore[attr-defined]


def read_shift(file: Path) -> float:
    return float(file.read_text())


def set_shift(file: Path, seconds: float) -> None:
    """Let the clock of every process with this file go wrong by ``seconds`` from now on."""
    new = file.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(file)
