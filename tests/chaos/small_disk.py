"""A disk of a few megabytes that can be filled to its last byte or made unwritable (Linux, root)."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.stack import wait_until

BALLAST = ".ballast"
CHUNK = b"\0" * 4096
REFILL_SECONDS = 0.02


@dataclass(frozen=True)
class SmallDisk:
    """A file system in memory, mounted at ``folder`` within the context of ``mounted``."""

    folder: Path

    @classmethod
    @contextmanager
    def mounted(cls, folder: Path, megabytes: int) -> Iterator[SmallDisk]:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder))
        try:
            yield cls(folder)
        finally:
            run("umount", "--lazy", str(folder))

    @contextmanager
    def full(self) -> Iterator[None]:
        """Fill the disk; within this context freed space is taken again at once."""
        over = threading.Event()
        self.fill()
        filler = threading.Thread(target=self._keep_full, args=(over,), daemon=True)
        filler.start()
        try:
            yield
        finally:
            over.set()
            filler.join()
            (self.folder / BALLAST).unlink(missing_ok=True)

    def fill(self) -> None:
        with suppress(OSError), (self.folder / BALLAST).open("ab", buffering=0) as file:
            while True:
                file.write(CHUNK)

    def _keep_full(self, over: threading.Event) -> None:
        while not over.wait(REFILL_SECONDS):
            self.fill()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Make the disk read-only, as soon as no file on it is open for writing."""
        wait_until(lambda: self.remount("ro"), f"{self.folder.name} at rest")
        try:
            yield
        finally:
            self.remount("rw")

    def remount(self, how: str) -> bool:
        return subprocess.run(["mount", "-o", f"remount,{how}", str(self.folder)], check=False).returncode == 0


def can_mount(folder: Path) -> bool:
    """Whether small disks can be mounted: that takes root, and a container that allows it."""
    if os.geteuid() != 0:
        return False
    try:
        with SmallDisk.mounted(folder, 1):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
