"""The child of the probe: tries what a hostile file would try, and writes as JSON what was refused.

Its arguments are a file that every user may read, and the process id of its parent. Its attempts harm neither.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from processing.locks.order import Task

# A call that the kernel refuses fails so. Any other error means that it was tried.
REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)
# The discard service: nothing listens there.
NOWHERE = ("127.0.0.1", 9)
Attempt = Callable[[Path, int], object]


def main(task: Task) -> None:
    path, parent = Path(task.arguments[0]), int(task.arguments[1])
    closed = [name for name, attempts in ATTEMPTS.items() if all(is_refused(each, path, parent) for each in attempts)]
    task.out.write(json.dumps({"closed": closed, "held": list(task.held.values())}).encode())


def is_refused(attempt: Attempt, path: Path, parent: int) -> bool:
    try:
        attempt(path, parent)
    except OSError as error:
        return error.errno in REFUSALS
    return False


def read_file(path: Path, _parent: int) -> None:
    path.read_bytes()


def read_environment(_path: Path, parent: int) -> None:
    Path(f"/proc/{parent}/environ").read_bytes()


def open_memory(_path: Path, parent: int) -> None:
    with Path(f"/proc/{parent}/mem").open("rb"):
        pass


def trace(_path: Path, parent: int) -> None:
    """Attach to the parent as a debugger does (PTRACE_SEIZE, which does not stop it)."""
    if ctypes.CDLL(None, use_errno=True).ptrace(0x4206, parent, None, None) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def connect(_path: Path, _parent: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.connect(NOWHERE)


def send_datagram(_path: Path, _parent: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.sendto(b"", NOWHERE)


def connect_abstract(_path: Path, _parent: int) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.connect("\0socrate-probe")


def send_signal(_path: Path, parent: int) -> None:
    """Send the signal 0, which only asks whether others may be sent."""
    os.kill(parent, 0)


def write_file(path: Path, _parent: int) -> None:
    with path.open("ab"):
        pass


def create_file(path: Path, _parent: int) -> None:
    path.with_suffix(".made").touch()


def rename_file(path: Path, _parent: int) -> None:
    path.rename(path)


def start_process(_path: Path, _parent: int) -> None:
    if os.fork() == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def execute(_path: Path, _parent: int) -> None:
    os.execv("/nonexistent", ["/nonexistent"])


ATTEMPTS: dict[str, tuple[Attempt, ...]] = {
    "files": (read_file,),
    "network": (connect, send_datagram, connect_abstract),
    "other processes": (read_environment, open_memory, trace),
    "signals": (send_signal,),
    "writing": (write_file, create_file, rename_file),
    "programs": (start_process, execute),
}
