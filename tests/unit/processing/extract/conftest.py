"""Reads files as the bot and the worker do: recognised by the first bytes, then read in a child process."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from processing.extract import open_reader
from processing.extract.read_child import write_outcome
from processing.formats.recognise import sniff_kind
from processing.types import Page

Read = Callable[[str, bytes], tuple[str, list[Page]]]


def read_path(path: Path) -> tuple[str, list[Page]]:
    """Return the kind that the child found, and the pages; in this process the child's code gives the same."""
    with path.open("rb") as file:
        kind = sniff_kind(file.read(8192), path.name)
    with open_reader(path, kind, lambda done, total: None) as reader:
        pages = list(reader)
        found = reader.kind
    assert read_here(kind, path) == (found, pages)
    return found, pages


def read_here(kind: str, path: Path) -> tuple[str, list[Page]]:
    """What the child writes, without the child: coverage can't follow it there."""
    lines = io.StringIO()
    with path.open("rb") as file:
        write_outcome(kind, file, lines)
    events = [json.loads(line) for line in lines.getvalue().splitlines()]
    return events[0]["kind"], [Page(event["page"], event["text"]) for event in events if "page" in event]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_bytes(name: str, content: bytes) -> tuple[str, list[Page]]:
        path = tmp_path / name
        path.write_bytes(content)
        return read_path(path)

    return read_bytes
