"""Outside the processes: which calls a chapter of a story makes, and the order that one of them fail."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.calls_door import AFTER, BEFORE, CALLS, ORDER, STRUCK, TURN, VARIABLE
from tests.stack import ROOT

# Calls of which it makes a difference whether they fail with or without their effect.
TWO_EDGED = ("db.COMMIT", "storage.save_file", "storage.delete", "http.")
# What comes again and again by itself, whatever people do: once is enough of each.
BY_ITSELF = ("sweeping.", "leases._run", "leases.renew", "inbox.renew_updates", "health.", "inbox.take_updates")
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Fault:
    """The ``turn``-th call of this name within a chapter fails, before its effect or after it."""

    chapter: str
    call: str
    turn: int
    how: str

    @property
    def comes_by_itself(self) -> bool:
        return any(word in self.call for word in BY_ITSELF)

    def __str__(self) -> str:
        return f"{self.chapter}: {self.how} {self.call} #{self.turn}"


@dataclass(frozen=True)
class Ledger:
    """The folder over which the doors of one stack are spoken to."""

    folder: Path

    def make_settings(self) -> dict[str, str]:
        """What leads every process of ours to its door."""
        self.folder.mkdir(parents=True)
        (self.folder / CALLS).touch()
        door = Path(__file__).parent / "door"
        return {VARIABLE: str(self.folder), "PYTHONPATH": f"{door}:{ROOT}"}

    @contextmanager
    def ordered(self, fault: Fault | None) -> Iterator[None]:
        """While this lasts, the doors wait for the call."""
        (self.folder / STRUCK).unlink(missing_ok=True)
        if fault is not None:
            (self.folder / TURN).write_text("0")
            order = self.folder / f"{ORDER}.new"
            order.write_text(json.dumps({"call": fault.call, "turn": fault.turn, "how": fault.how}))
            order.replace(self.folder / ORDER)
        try:
            yield
        finally:
            (self.folder / ORDER).unlink(missing_ok=True)

    def has_struck(self, seconds: float = 0.0) -> bool:
        """Within so many seconds from now."""
        deadline = time.monotonic() + seconds
        while not (self.folder / STRUCK).exists() and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        return (self.folder / STRUCK).exists()

    @contextmanager
    def counted(self, calls: Counter[str]) -> Iterator[None]:
        """Add to ``calls`` what is made while this lasts."""
        begin = (self.folder / CALLS).stat().st_size
        yield
        with (self.folder / CALLS).open("rb") as file:
            file.seek(begin)
            calls.update(file.read().decode().splitlines())


def list_faults(counts: dict[str, list[Counter[str]]]) -> list[Fault]:
    """Every call that each told chapter made, in each of its turns; what comes by itself once in the whole story."""
    faults = []
    seen: set[str] = set()
    for chapter, told in counts.items():
        for call in sorted({call for calls in told for call in calls}):
            by_itself = any(word in call for word in BY_ITSELF)
            if by_itself and call in seen:
                continue
            seen.add(call)
            turns = 1 if by_itself else min(calls[call] for calls in told if calls[call])
            ways = (BEFORE, AFTER) if call.startswith(TWO_EDGED) else (BEFORE,)
            faults += [Fault(chapter, call, turn, how) for turn in range(1, turns + 1) for how in ways]
    return faults
