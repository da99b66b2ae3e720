"""Finds out which locks hold on this machine, by trying in a locked child what they are to prevent."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from processing.locks.start import end_child, start_child

MODULE = "processing.locks.probe_child"
# What a child must not reach, by the names that the probe's child uses.
RIGHTS = ("files", "network", "other processes", "signals", "writing", "programs")
MEMORY, CPU_SECONDS, WALL_SECONDS = 512 * 1024 * 1024, 10, 20.0
UNKNOWN = "Not found out yet."
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Findings:
    """``closed`` are the rights that a child does not have, ``held`` the locks that were applied."""

    closed: tuple[str, ...]
    held: tuple[str, ...]

    @property
    def open(self) -> tuple[str, ...]:
        return tuple(right for right in RIGHTS if right not in self.closed)

    def describe(self) -> str:
        """Return the sentences for the status page: what stays open comes first."""
        sentences = [
            f"Open to a hostile file: {', '.join(self.open)}." if self.open else "",
            f"Closed: {', '.join(self.closed)}." if self.closed else "Nothing is closed.",
            f"Locks: {', '.join(self.held)}." if self.held else "",
        ]
        return " ".join(filter(None, sentences))


def list_locks() -> Findings:
    """Start a locked child that tries everything, and return what it found. Raise ``OSError`` if it found nothing."""
    with tempfile.TemporaryDirectory(prefix="socrate-probe-") as name:
        # Everybody may read the file, so that only a lock on files can refuse it.
        folder, path = Path(name), Path(name, "file")
        folder.chmod(0o755)
        path.write_text("probe", encoding="utf-8")
        path.chmod(0o644)
        child = start_child(MODULE, str(path), str(os.getpid()), memory=MEMORY, cpu_seconds=CPU_SECONDS)
        timer = threading.Timer(WALL_SECONDS, end_child, [child])
        timer.start()
        try:
            output, _ = child.communicate()
        finally:
            timer.cancel()
            end_child(child)
    return read_findings(output)


def read_findings(output: bytes) -> Findings:
    try:
        data = json.loads(output)
        return Findings(tuple(data["closed"]), tuple(data["held"]))
    except (ValueError, KeyError) as error:
        raise OSError("the probe's child did not end") from error


class LockReport:
    """The findings as a sentence. They are found out once, in the background, because health checks must not wait."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sentence = UNKNOWN

    def describe(self) -> str:
        """Return the sentence, or ``UNKNOWN`` until the first findings; after an error the next call tries again."""
        with self._mutex:
            sentence = self._sentence
            if sentence == UNKNOWN and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._find_out, name="locks", daemon=True)
                self._thread.start()
        return sentence

    def _find_out(self) -> None:
        try:
            findings = list_locks()
        except Exception as error:
            log.warning("locks_not_found_out", extra={"error": type(error).__name__})
            return
        report = log.warning if findings.open else log.info
        report("reader_locks", extra={"open": list(findings.open), "held": list(findings.held)})
        self._sentence = findings.describe()


REPORT = LockReport()


def describe_locks() -> str:
    """Return what a child that handles foreign bytes can and cannot do on this machine, in plain sentences."""
    return REPORT.describe()
