"""Lists the calls that a chapter of a story makes, and tells the fault injectors which of them shall fail."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.injector.injector import (
    AFTER,
    BEFORE,
    CALLS,
    LATE,
    ORDER,
    STRUCK,
    TURN,
    UNHEARD,
    VARIABLE,
    WRONG,
)
from tests.stack import ROOT

# Calls that can fail before or after they have taken effect.
TWO_EDGED = ("db.COMMIT", "storage.save_file", "storage.delete", "http.")
# Calls of background threads; one fault for each is enough.
BACKGROUND = ("reconciler.", "leases._run", "leases.renew", "inbox.renew_updates", "health.", "inbox.claim_updates")
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Fault:
    """The ``turn``-th call of this name within a chapter fails, before its effect or after it."""

    chapter: str
    call: str
    turn: int
    how: str

    @property
    def is_background(self) -> bool:
        return any(word in self.call for word in BACKGROUND)

    def __str__(self) -> str:
        return f"{self.chapter}: {self.how} {self.call} #{self.turn}"


@dataclass(frozen=True)
class FaultControl:
    """The folder through which tests and the fault injectors of one stack exchange files."""

    folder: Path

    def make_settings(self) -> dict[str, str]:
        """Environment variables that put a fault injector into every process of the stack."""
        self.folder.mkdir(parents=True)
        (self.folder / CALLS).touch()
        injected = Path(__file__).parent.parent / "injected"
        return {VARIABLE: str(self.folder), "PYTHONPATH": f"{injected}:{ROOT}"}

    @contextmanager
    def ordered(self, fault: Fault | None) -> Iterator[None]:
        """Within this context the call of ``fault`` fails; with None nothing does."""
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
        """Whether the ordered call has failed, now or within ``seconds``."""
        deadline = time.monotonic() + seconds
        while not (self.folder / STRUCK).exists() and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        return (self.folder / STRUCK).exists()

    @contextmanager
    def counted(self, calls: Counter[str]) -> Iterator[None]:
        """Add the calls made within this context to ``calls``."""
        begin = (self.folder / CALLS).stat().st_size
        yield
        with (self.folder / CALLS).open("rb") as file:
            file.seek(begin)
            calls.update(file.read().decode().splitlines())


def list_failing_ways(call: str) -> tuple[str, ...]:
    """How a call to database, storage or HTTP can fail; other calls are not let fail."""
    if not call.startswith(("db.", "storage.", "http.")):
        return ()
    return (BEFORE, AFTER) if call.startswith(TWO_EDGED) else (BEFORE,)


def list_unforeseen_ways(call: str) -> tuple[str, ...]:
    """How a call can be struck in a way that nobody foresaw."""
    if call.startswith(("http.", "redis.")):
        return (UNHEARD, LATE, WRONG)
    return (UNHEARD, LATE) if call.startswith(("db.", "storage.")) else (BEFORE, UNHEARD)


def list_faults(
    counts: dict[str, list[Counter[str]]], list_ways: Callable[[str], tuple[str, ...]] = list_failing_ways
) -> list[Fault]:
    """A fault for each time that a chapter made a call in all counted stories; for background calls one in all."""
    faults = []
    seen: set[str] = set()
    for chapter, stories in counts.items():
        for call in sorted({call for calls in stories for call in calls}):
            background = any(word in call for word in BACKGROUND)
            if background and call in seen:
                continue
            seen.add(call)
            turns = 1 if background else min(calls[call] for calls in stories if calls[call])
            faults += [Fault(chapter, call, turn, how) for turn in range(1, turns + 1) for how in list_ways(call)]
    return faults
