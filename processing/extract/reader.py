"""The parent's side of reading: follows the child's lines, ends it when a limit is hit."""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import UserMistake
from processing.archive.validate import check_filmed
from processing.formats.detect_language import KINDS
from processing.types import Page, Passage

ROOT = Path(__file__).parent.parent.parent
# How often the wish to cancel is looked at while no page comes.
TICK_SECONDS = 0.5
LINES_AHEAD = 8
# JSON writes up to six bytes for a character outside ASCII's.
LONGEST_LINE = 32 * 1024 * 1024
# The child reads hostile files: what it says is believed as far as it is one of these.
MISTAKES = frozenset(
    "pdf_encrypted pdf_damaged no_text docx_damaged epub_damaged epub_locked wrong_kind too_heavy file_empty "
    "text_unreadable archive_foreign archive_damaged".split()
)
OnProgress = Callable[[int, int | None], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading may take: bytes of address space, seconds, bytes of text as JSON.

    Only the time in which the reader waits for the child counts as ``silent_seconds`` and ``wall_seconds``.
    """

    memory: int = 1536 * 1024 * 1024
    cpu_seconds: int = 180
    silent_seconds: float = 20.0
    wall_seconds: float = 180.0
    text_bytes: int = 200 * 1024 * 1024


class DocumentReader:
    """Pages of one document, or passages of a film, as the child reads them.

    ``kind`` is what the content turned out to be, ``total`` the number of pages or passages where the format tells
    it, ``name`` what a film calls its document; all are sure once the first page or passage is there.
    """

    def __init__(self, child: subprocess.Popen[bytes], kind: str, on_progress: OnProgress, limits: Limits) -> None:
        self.child, self.kind, self.on_progress, self.limits = child, kind, on_progress, limits
        self.total: int | None = None
        self.name = ""
        self.done = 0
        self._lines: queue.Queue[bytes] = queue.Queue(LINES_AHEAD)
        self._pump = threading.Thread(target=self._fill, name="reading", daemon=True)
        self._pump.start()

    def __iter__(self) -> Iterator[Page]:
        """Raise ``UserMistake`` for what is wrong with the document, ``too_heavy`` when the child was ended."""
        for event in self._list_events("page"):
            yield Page(event["page"], event["text"])

    def list_passages(self) -> Iterator[Passage]:
        """As ``__iter__``; ``archive_damaged`` for passages that are not one document's."""
        for place, event in enumerate(self._list_events("passage")):
            index, first, last = event["passage"]
            passage = Passage(index, event["text"], first, last, event["heading"])
            try:
                check_filmed(passage, place)
            except ValueError:
                raise UserMistake("archive_damaged") from None
            yield passage

    def _list_events(self, wanted: str) -> Iterator[dict[str, Any]]:
        for line in self._list_lines():
            event = parse_event(line)
            if "end" in event:
                return
            if "mistake" in event:
                raise self._make_mistake(event)
            if "kind" in event:
                self.kind, self.total, self.name = event["kind"], event["total"], event.get("name", "")
            elif wanted in event:
                self.done += 1
                yield event
            self.on_progress(self.done, self.total)
        raise UserMistake("too_heavy")

    def _make_mistake(self, event: dict[str, Any]) -> UserMistake:
        if cause := event.get("cause"):
            log.warning("reading_failed", extra={"kind": self.kind, "cause": str(cause)[:60]})
        return UserMistake(event["mistake"])

    def _list_lines(self) -> Iterator[bytes]:
        """Lines until the child ends, within the limits."""
        waited, size = 0.0, 0
        while True:
            began = time.monotonic()
            line = self._wait_for_line(min(self.limits.silent_seconds, self.limits.wall_seconds - waited))
            waited += time.monotonic() - began
            size += len(line)
            if not line or size > self.limits.text_bytes:
                return
            yield line

    def _wait_for_line(self, patience: float) -> bytes:
        """The next line; empty where there is none or patience ends. Lets ``on_progress`` cancel meanwhile."""
        until = time.monotonic() + patience
        while (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                return self._lines.get(timeout=min(left, TICK_SECONDS))
            self.on_progress(self.done, self.total)
        return b""

    def _fill(self) -> None:
        """Move lines from the pipe; the bounded queue makes the child wait for a slow reader."""
        assert self.child.stdout is not None
        line = b" "
        while line:
            line = self.child.stdout.readline(LONGEST_LINE)
            self._lines.put(line)

    def close(self) -> None:
        """End the child with all it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
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
    """Read in a child of its own session; when the context ends the whole group is gone.

    ``on_progress(done, total)`` is called with each page and at least every half second while none comes; what it
    raises ends the reading.
    """
    limits = limits or Limits()
    reader = DocumentReader(start_child(path, kind, limits), kind, on_progress, limits)
    try:
        yield reader
    finally:
        reader.close()


def start_child(path: Path, kind: str, limits: Limits) -> subprocess.Popen[bytes]:
    """No secrets in its environment, no terminal, no other open files."""
    figures = [str(limits.memory), str(limits.cpu_seconds)]
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "processing.extract.read_child", kind, str(path.absolute()), *figures],
        cwd=ROOT,
        env=kept | {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def parse_event(line: bytes) -> dict[str, Any]:
    """What the child says, or ``too_heavy`` where it broke off or says what no child of ours would."""
    try:
        event = json.loads(line)
    except ValueError:
        raise UserMistake("too_heavy") from None
    match event:
        case {"page": int(), "text": str()} | {"end": True}:
            return dict(event)
        case {"passage": [int(), int(), int()], "text": str(), "heading": str()}:
            return dict(event)
        case {"kind": "archive", "total": int(), "name": str()}:
            return dict(event)
        case {"kind": str(kind), "total": int() | None} if kind in KINDS:
            return dict(event)
        case {"mistake": str(key)} if key in MISTAKES:
            return dict(event)
    raise UserMistake("too_heavy")
