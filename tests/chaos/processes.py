"""Finds processes in /proc, signals them and measures them (Linux)."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Living:
    """A process as /proc shows it."""

    pid: int
    parent: int
    command: tuple[str, ...]

    @property
    def is_documents_worker(self) -> bool:
        return self.command[-2:] == ("--queue", "documents")

    @property
    def is_valkey(self) -> bool:
        return any("valkey" in word or "redis-server" in word for word in self.command[:1])


def list_living() -> list[Living]:
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError, IndexError, ValueError):
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            words = (folder / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
            if stat[0] != "Z":
                found.append(Living(int(folder.name), int(stat[1]), tuple(words)))
    return found


def list_below(pid: int) -> list[Living]:
    """The children of ``pid``, and their children."""
    living = list_living()
    below: list[Living] = []
    parents = {pid}
    while fresh := [one for one in living if one.parent in parents and one not in below]:
        below += fresh
        parents = {one.pid for one in fresh}
    return below


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that has ended is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def is_alive(pid: int) -> bool:
    return any(one.pid == pid for one in list_living())


def measure_memory(pid: int) -> int:
    """Resident memory in bytes; 0 if the process has ended."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def count_handles(pid: int) -> int:
    with suppress(OSError):
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return 0


def count_threads(pid: int) -> int:
    with suppress(OSError):
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    return 0
