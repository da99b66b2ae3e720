"""A reader that a hostile file has taken over: it tries what the locks forbid and writes what became of each attempt.

``processing.locks.child`` runs it as it runs the real readers. Its argument is JSON with the places to attack.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from processing.locks.order import Task

Attempt = Callable[[], object]
STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM


def main(task: Task) -> None:
    places = json.loads(task.arguments[0])
    results = {name: attempt_it(attempt) for name, attempt in list_attempts(places)}
    thread = threading.Thread(target=results.__setitem__, args=("thread", "done"))
    thread.start()
    thread.join()
    assert task.file is not None
    facts = {
        "file": task.file.read().decode(),
        "descriptors": list_descriptors(),
        "environment": sorted(os.environ),
        "user": os.getuid(),
        "groups": os.getgroups(),
        "held": task.held,
    }
    task.out.write(json.dumps({"results": results, **facts}).encode())


def attempt_it(attempt: Attempt) -> str:
    """Return ``done``, or the name of the error."""
    try:
        attempt()
    except OSError as error:
        return os.strerror(error.errno or 0)
    return "done"


def list_attempts(places: dict[str, Any]) -> Iterator[tuple[str, Attempt]]:
    parent = os.getppid()
    for name in ("original", "env", "database", "passwd"):
        yield f"read {name}", Path(places[name]).read_bytes
        yield f"write {name}", opening(places[name], "ab")
        yield f"remove {name}", Path(places[name]).unlink
        yield f"own {name}", partial(Path(places[name]).chmod, 0o777)
    yield "list data", lambda: list(Path(places["data"]).iterdir())
    for name in ("environ", "mem", "maps", "cmdline", "fd/0"):
        yield f"read parent's {name}", opening(f"/proc/{parent}/{name}", "rb")
    yield "read own environ", opening("/proc/self/environ", "rb")
    yield "open file again to write", opening(f"/proc/self/fd/{places['descriptor']}", "r+b")
    for folder in (places["data"], "/tmp", "/dev/shm", "/var/tmp", "."):
        yield f"make a file in {folder}", opening(f"{folder}/hostile", "wb")
    yield "tcp", lambda: connect(socket.AF_INET, STREAM, tuple(places["tcp"]))
    yield "udp", lambda: send(tuple(places["udp"]))
    yield "unix", lambda: connect(socket.AF_UNIX, STREAM, places["unix"])
    yield "abstract", lambda: connect(socket.AF_UNIX, STREAM, f"\0{places['abstract']}")
    yield "listen", lambda: socket.create_server(("127.0.0.1", 0)).close()
    yield "pair", lambda: socket.socketpair()
    for number in (0, signal.SIGUSR1):
        yield f"signal {int(number)} to the parent", partial(os.kill, parent, number)
    yield "signal its group", lambda: os.killpg(os.getpgid(parent), 0)
    yield "trace the parent", lambda: call("ptrace", 0x4206, parent, None, None)
    yield "memory of the parent", lambda: call("process_vm_readv", parent, None, 0, None, 0, 0)
    yield "limit the parent", lambda: call("prlimit", parent, 0, None, None)
    yield "slow the parent", lambda: os.setpriority(os.PRIO_PROCESS, parent, 19)
    yield "fork", os.fork
    yield "execute", lambda: os.execv("/bin/true", ["true"])
    yield "spawn", lambda: os.posix_spawn("/bin/true", ["true"], {})
    yield "new session", os.setsid
    yield "new namespace", lambda: call("unshare", 0x10000000)
    yield "root again", lambda: os.setuid(0)
    yield "file in memory", lambda: os.memfd_create("hostile")
    yield "outlive the parent", lambda: call("prctl", 1, 0, 0, 0, 0)
    yield "readable memory", lambda: call("prctl", 4, 1, 0, 0, 0)


def opening(path: str, mode: str) -> Attempt:
    def open_and_close() -> None:
        with Path(path).open(mode):
            pass

    return open_and_close


def connect(family: int, kind: int, address: Any) -> None:
    with socket.socket(family, kind) as caller:
        caller.connect(address)


def send(address: Any) -> None:
    with socket.socket(socket.AF_INET, DATAGRAM) as caller:
        caller.sendto(b"hostile", address)


def call(name: str, *values: int | None) -> None:
    """Call a function of the C library. Raise ``OSError`` if it fails."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*values) < 0:
        raise OSError(ctypes.get_errno(), name)


def list_descriptors() -> list[int]:
    """The open descriptors, asked one by one: /proc cannot be read."""
    found = []
    for number in range(256):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found
