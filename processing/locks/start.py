"""Starts and ends the children that handle foreign bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from processing.locks.order import Order

ROOT = Path(__file__).parent.parent.parent
# Other variables may hold secrets.
KEPT_VARIABLES = ("PATH", "LANG", "LD_LIBRARY_PATH")


def start_child(
    module: str,
    *arguments: str,
    memory: int,
    cpu_seconds: int,
    file: Path | None = None,
    stdin: int = subprocess.DEVNULL,
    programs: Sequence[str] = (),
    folders: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start ``main`` of ``module`` in a locked child (``processing.locks.child``) in a session of its own.

    The child gets ``file`` opened and may read nothing else but libraries and ``folders``, and execute nothing but
    ``programs``. Raise ``OSError`` if the file cannot be opened.
    """
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    with ExitStack() as stack:
        number = stack.enter_context(file.open("rb")).fileno() if file else -1
        order = Order(module, arguments, number, memory, cpu_seconds, tuple(programs), tuple(folders))
        return subprocess.Popen(
            [sys.executable, "-m", "processing.locks.child", order.write()],
            cwd=ROOT,
            env=kept | {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(number,) if file else (),
            start_new_session=True,
        )


def end_child(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and all processes that it started. A child that has ended already is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
