"""Reads and writes the passages of a document: a text file with one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from processing.types import Passage


def write_passages(passages: Iterable[Passage], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for passage in passages:
            file.write(json.dumps(asdict(passage), ensure_ascii=False) + "\n")


def read_passages(path: Path) -> Iterator[Passage]:
    """Yield the passages in the order of the file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield read_passage(json.loads(line))


def read_passage(stored: dict[str, Any]) -> Passage:
    """Return the passage of one line. Files of Socrate 0.1 have no page breaks, or name them ``turns``."""
    page_breaks = stored.pop("turns", None) or stored.pop("page_breaks", ())
    return Passage(**stored, page_breaks=tuple((offset, page) for offset, page in page_breaks))
