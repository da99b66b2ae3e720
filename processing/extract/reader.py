"""Reads a document in a child process: the parent's side, which takes the child's lines and limits time and text."""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import ReaderStopped, UserMistake
from processing.archive.validate import check_passage
from processing.formats.recognise import make_mistake
from processing.formats.table import ARCHIVE, BY_KIND, MISTAKES
from processing.locks import end_child, start_child
from processing.types import Page, Passage

MODULE = "processing.extract.read_child"
# While no page comes, ``on_progress`` is called this often, so that it can cancel the reading.
TICK_SECONDS = 0.5
# A wait for a tick that took longer counts as this long: the parent itself was stopped meanwhile.
LONGEST_TICK_SECONDS = 2.0
# A child that is silent although it works uses at least this share of the processor.
LEAST_WORK = 0.25
# The signals with which people, supervisors and a kernel without memory stop a process.
STOPPED = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, -signal.SIGQUIT}
END_SECONDS = 1.0
LINES_AHEAD = 8
# In bytes. The child's JSON takes six or twelve bytes for a character outside ASCII.
LONGEST_LINE = 32 * 1024 * 1024
LONGEST_CAUSE = 60
# No file has so many pages or passages; a larger number could not be stored or written.
MOST = 1_000_000_000
OnProgress = Callable[[int, int | None], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one reading may take. ``memory`` is address space in bytes, ``text_bytes`` the length of all lines.

    ``silent_seconds`` is the longest wait of the parent for one line, ``waiting_seconds`` that for all lines together.
    The time in which the parent uses a line does not count.
    """

    memory: int = 1536 * 1024 * 1024
    cpu_seconds: int = 180
    silent_seconds: float = 20.0
    waiting_seconds: float = 180.0
    text_bytes: int = 200 * 1024 * 1024


class DocumentReader:
    """The pages of one document, or the passages of a film, as the child reads them.

    ``kind`` is the format that the child found, ``total`` the number of pages or passages, or None if it is not known,
    ``name`` the document's name in a film. They are final when the first page or passage has come.
    """

    def __init__(self, child: subprocess.Popen[bytes], kind: str, on_progress: OnProgress, limits: Limits) -> None:
        self.child, self.kind, self.on_progress, self.limits = child, kind, on_progress, limits
        self.total: int | None = None
        self.name = ""
        self.done = 0
        self._idle = False
        self._lines: queue.Queue[bytes] = queue.Queue(LINES_AHEAD)
        self._pump = threading.Thread(target=self._fill, name="reading", daemon=True)
        self._pump.start()

    def __iter__(self) -> Iterator[Page]:
        """Yield the pages.

        Raise ``UserMistake`` if the document cannot be read, with the key ``too_heavy`` if the child reached a limit.
        """
        for event in self._iterate_events("page"):
            yield Page(event["page"], event["text"])

    def iterate_passages(self) -> Iterator[Passage]:
        """Yield the passages of a film. Raise as ``__iter__`` does, or ``archive_damaged`` if a passage is unsound."""
        for position, event in enumerate(self._iterate_events("passage")):
            index, first, last = event["passage"]
            passage = Passage(index, event["text"], first, last, event["heading"])
            try:
                check_passage(passage, position)
            except ValueError:
                raise UserMistake("archive_damaged") from None
            yield passage

    def _iterate_events(self, wanted: str) -> Iterator[dict[str, Any]]:
        for line in self._iterate_lines():
            event = parse_event(line)
            if "end" in event:
                return
            if "mistake" in event:
                raise self._take_mistake(event)
            if "kind" in event:
                self.kind, self.total, self.name = event["kind"], event["total"], event.get("name", "")
            elif wanted in event:
                self.done += 1
                yield event
            self.on_progress(self.done, self.total)
        raise ReaderStopped if self._was_stopped() else UserMistake("too_heavy")

    def _was_stopped(self) -> bool:
        """Return whether the child did not end its lines because of something outside the file.

        It was killed, or it is silent and does not work. Limits of the child end it with other signals.
        """
        with suppress(subprocess.TimeoutExpired):
            return self.child.wait(END_SECONDS) in STOPPED
        return self._idle

    def _take_mistake(self, event: dict[str, Any]) -> UserMistake:
        """Return the mistake of the event. Log its cause, if any: the class of an unexpected error."""
        if cause := event.get("cause"):
            log.warning("reading_failed", extra={"kind": self.kind, "cause": str(cause)[:LONGEST_CAUSE]})
        return make_mistake(event["mistake"], BY_KIND.get(event["format"]))

    def _iterate_lines(self) -> Iterator[bytes]:
        """Yield the child's lines until it ends or reaches a limit."""
        waited, size = 0.0, 0
        while True:
            patience = min(self.limits.silent_seconds, self.limits.waiting_seconds - waited)
            line, seconds = self._wait_for_line(patience)
            waited += seconds
            size += len(line)
            if not line or size > self.limits.text_bytes:
                return
            yield line

    def _wait_for_line(self, patience: float) -> tuple[bytes, float]:
        """Return the next line and the seconds waited, or empty bytes at the end or after ``patience`` seconds.

        While there is none, call ``on_progress`` every ``TICK_SECONDS``.
        """
        waited, worked = 0.0, None
        while waited < patience:
            began = time.monotonic()
            try:
                line = self._lines.get(timeout=min(patience - waited, TICK_SECONDS))
            except queue.Empty:
                line = None
            waited += min(time.monotonic() - began, LONGEST_TICK_SECONDS)
            if line is not None:
                return line, waited
            worked = measure_work(self.child.pid) if worked is None else worked
            self.on_progress(self.done, self.total)
        until_now = measure_work(self.child.pid)
        # Where the system does not say how much the child works, its silence is the fault of the file.
        if worked is not None and until_now is not None:
            self._idle = until_now - worked < LEAST_WORK * patience
        return b"", waited

    def _fill(self) -> None:
        """Move lines from the pipe to the queue. The queue is bounded, so the child waits if lines are used slowly."""
        assert self.child.stdout is not None
        line = b" "
        while line:
            line = self.child.stdout.readline(LONGEST_LINE)
            self._lines.put(line)

    def close(self) -> None:
        """End the child and the thread that reads its lines, and close the pipe."""
        end_child(self.child)
        self.child.wait()
        while self._pump.is_alive():
            with suppress(queue.Empty):
                self._lines.get(timeout=0.05)
        assert self.child.stdout is not None
        self.child.stdout.close()


@contextmanager
def open_reader(
    path: Path, kind: str, on_progress: OnProgress, limits: Limits | None = None
) -> Iterator[DocumentReader]:
    """Return a context manager that reads the file at ``path`` in a child process, which ends with the context.

    ``kind`` is the result of ``sniff_kind``, or the kind that an earlier reading found. ``on_progress(done, total)`` is
    called after each page has been used, and every ``TICK_SECONDS`` while the next one is waited for. If it raises an
    error, the reading ends with that error.
    """
    limits = limits or Limits()
    child = start_child(MODULE, kind, file=path, memory=limits.memory, cpu_seconds=limits.cpu_seconds)
    reader = DocumentReader(child, kind, on_progress, limits)
    try:
        yield reader
    finally:
        reader.close()


def measure_work(pid: int) -> float | None:
    """Return the processor seconds that a running process has used; None if the system does not say that."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def parse_event(line: bytes) -> dict[str, Any]:
    """Return the event in a line of the child.

    The child opens hostile files, so only known forms are accepted. Raise ``UserMistake`` (``too_heavy``) for any
    other, such as a line that was cut off.
    """
    try:
        event = json.loads(line)
    except ValueError:
        raise UserMistake("too_heavy") from None
    match event:
        case {"page": int(page), "text": str()} if 0 < page <= MOST:
            return dict(event)
        case {"end": True}:
            return dict(event)
        case {"passage": [int(), int(), int()] as numbers, "text": str(), "heading": str()} if max(numbers) <= MOST:
            return dict(event)
        case {"kind": str(kind), "total": int(total), "name": str()} if kind == ARCHIVE and abs(total) <= MOST:
            return dict(event)
        case {"kind": str(kind), "total": None} if kind in BY_KIND:
            return dict(event)
        case {"kind": str(kind), "total": int(total)} if kind in BY_KIND and 0 <= total <= MOST:
            return dict(event)
        case {"mistake": str(key), "format": str(kind)} if key in MISTAKES and kind in (*BY_KIND, ""):
            return dict(event)
    raise UserMistake("too_heavy")
