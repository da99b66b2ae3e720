"""Passages on disk: one JSON line each, so that the words can be searched before the video is made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from processing.types import Passage


def write_passages(passages: Iterable[Passage], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for passage in passages:
            file.write(json.dumps(asdict(passage), ensure_ascii=False) + "\n")


def read_passages(path: Path) -> Iterator[Passage]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            stored = json.loads(line)
            yield Passage(**stored | {"turns": tuple((place, page) for place, page in stored.get("turns", ()))})
