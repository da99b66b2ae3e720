"""What a child is to run, and what it may do meanwhile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO


@dataclass(frozen=True, slots=True)
class Order:
    """``module`` is run with ``arguments``. It may use the descriptor ``file``, -1 for none.

    ``memory`` is address space in bytes. ``programs`` are paths that it may execute, ``folders`` paths that it may read
    in addition to the libraries.
    """

    module: str
    arguments: tuple[str, ...]
    file: int
    memory: int
    cpu_seconds: int
    programs: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    def write(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Task:
    """What the module gets: the opened file, if there is one, its arguments, and where its output goes.

    ``held`` are the locks that hold, by their names in the table, with the names for people.
    """

    file: BinaryIO | None
    arguments: Sequence[str]
    out: BinaryIO
    held: dict[str, str]


def read_order(text: str) -> Order:
    """Return the order that ``Order.write`` has written."""
    data = json.loads(text)
    parts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Order(**parts)
