"""Runs inside the processes of a stack: logs every call to what is outside the process, and strikes the ordered one.

Logged are calls to database, storage, HTTP, Redis and the file system, and started programs.

The product does not know of it: ``sitecustomize`` patches the libraries, and orders come through files in one folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import sysconfig
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

VARIABLE = "SOCRATE_CALLS"
CALLS, ORDER, TURN, STRUCK = "calls.log", "order.json", "turn", "struck"
# Ways to strike a call: it fails before or after its effect; an exception is raised that the code has never heard of;
# the answer comes late; it is well-formed but wrong.
BEFORE, AFTER, UNHEARD, LATE, WRONG = "before", "after", "unheard", "late", "wrong"
LATE_SECONDS = 30.0
ROOT = Path(__file__).parent.parent.parent.parent
LONGEST_SITE = 6
STANDARD_LIBRARY = sysconfig.get_paths()["stdlib"]


class Unheard(Exception):
    """An exception that the code has never heard of."""


class FaultInjector:
    """Names each call by its kind and the functions of the product that led to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = os.open(folder / CALLS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def strike(self, kind: str) -> str:
        """Log the call; returns the way to strike it if it is the ordered one, else an empty string."""
        call = f"{kind} {describe_site()}"
        os.write(self._log, f"{call}\n".encode())
        order = self._find_order()
        if order is None or order["call"] != call or not self._take_turn(order["turn"]):
            return ""
        return str(order["how"])

    def pass_through(
        self, kind: str, action: Callable[[], Any], error: Callable[[], Exception], wrong: Any = None
    ) -> Any:
        """Call ``action``, unless the call is struck. ``wrong`` is returned as a wrong answer."""
        how = self.strike(kind)
        if how == BEFORE:
            raise error()
        if how == UNHEARD:
            raise Unheard
        result = action()
        if how == AFTER:
            raise error()
        if how == LATE:
            time.sleep(LATE_SECONDS)
        return wrong if how == WRONG else result

    def _find_order(self) -> dict[str, Any] | None:
        try:
            return dict(json.loads((self.folder / ORDER).read_text()))
        except FileNotFoundError:
            return None

    def _take_turn(self, wanted: int) -> bool:
        """Count the matching calls of all processes; returns True for the one with the wanted number."""
        with (self.folder / TURN).open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            turn = int(file.read() or 0) + 1
            file.seek(0)
            file.write(str(turn))
        if turn == wanted:
            (self.folder / STRUCK).touch()
        return turn == wanted


def describe_site() -> str:
    """The functions of the product that led to this call, the innermost first."""
    names: list[str] = []
    frame = sys._getframe(2)
    while frame is not None and len(names) < LONGEST_SITE:
        if module := find_module(frame.f_code.co_filename):
            names.append(f"{module}.{frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return "<".join(names)


@cache
def find_module(file: str) -> str:
    """The product's module of this file; empty for libraries and tests."""
    path = Path(file)
    if not path.is_relative_to(ROOT):
        return ""
    inner = path.relative_to(ROOT)
    return "" if inner.parts[0] in {".venv", "tests"} else inner.stem


def is_called_by_product() -> bool:
    """Whether the nearest caller outside the standard library is a module of the product."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith((STANDARD_LIBRARY, "<")):
        frame = frame.f_back
    return frame is not None and bool(find_module(frame.f_code.co_filename))
