"""Reads files as the bot and the worker do: recognised by the first bytes, then read in a child process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from processing.extract import open_reader
from processing.formats.recognise import sniff_kind
from processing.types import Page

Read = Callable[[str, bytes], tuple[str, list[Page]]]


def read_path(path: Path) -> tuple[str, list[Page]]:
    """Return the kind that the child found, and the pages."""
    with path.open("rb") as file:
        kind = sniff_kind(file.read(8192), path.name)
    with open_reader(path, kind, lambda done, total: None) as reader:
        pages = list(reader)
        return reader.kind, pages


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_bytes(name: str, content: bytes) -> tuple[str, list[Page]]:
        path = tmp_path / name
        path.write_bytes(content)
        return read_path(path)

    return read_bytes
