"""A reader that something outside the file has stopped says nothing about the file."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from errors import ReaderStopped, UserMistake
from processing.extract import open_reader
from processing.extract.reader import DocumentReader, Limits
from processing.types import Page

TEXT = b"A page of a long book that takes a while.\f" * 3000
SILENT = Limits(silent_seconds=2.0)


def read_disturbed(
    folder: Path, disturb: Callable[[DocumentReader], object], limits: Limits | None = None, text: bytes = TEXT
) -> list[Page]:
    """Read a text; ``disturb`` is called with its reader after the first page."""
    path = folder / "book.txt"
    path.write_bytes(text)
    with open_reader(path, "text", lambda done, total: None, limits) as reader:
        pages = iter(reader)
        first = next(pages)
        disturb(reader)
        return [first, *pages]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_reader_is_not_the_fault_of_the_file(tmp_path: Path, number: int) -> None:
    with pytest.raises(ReaderStopped):
        read_disturbed(tmp_path, lambda reader: os.kill(reader.child.pid, number))


def test_a_frozen_reader_is_not_the_fault_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ReaderStopped):
        read_disturbed(tmp_path, lambda reader: os.kill(reader.child.pid, signal.SIGSTOP), SILENT)


def test_where_the_system_does_not_say_who_works_silence_is_the_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processing.extract.reader.measure_work", lambda _pid: None)
    with pytest.raises(UserMistake, match="too_heavy"):
        read_disturbed(tmp_path, lambda reader: os.kill(reader.child.pid, signal.SIGSTOP), SILENT)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGXCPU])
def test_a_reader_that_ends_by_itself_is_the_fault_of_the_file(tmp_path: Path, number: int) -> None:
    with pytest.raises(UserMistake, match="too_heavy"):
        read_disturbed(tmp_path, lambda reader: os.kill(reader.child.pid, number))


def test_a_parent_that_was_stopped_does_not_take_that_for_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the machine had slept for an hour at each look at the clock."""
    clock = iter(range(0, 10**9, 3600))
    monkeypatch.setattr("processing.extract.reader.time.monotonic", lambda: float(next(clock)))
    path = tmp_path / "book.txt"
    path.write_bytes(TEXT)
    with open_reader(path, "text", lambda done, total: None, Limits(waiting_seconds=10**9)) as reader:
        assert len(list(reader)) == 3000
