"""How a scenario is run, and its result."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """How a scenario is run; ``dice`` give the same numbers for the same seed."""

    folder: Path
    seed: int = 1
    quick: bool = False

    @property
    def dice(self) -> random.Random:
        return random.Random(self.seed)

    def choose(self, full: int, quick: int) -> int:
        return quick if self.quick else full


@dataclass
class Outcome:
    """Figures of a scenario. ``n`` counts what was tried; ``waits`` are the seconds that the scenario measures."""

    name: str
    n: int = 0
    lost: int = 0
    twice: int = 0
    foreign: int = 0
    waits: list[float] = field(default_factory=list)
    longest_wait: float = float("inf")
    problems: list[str] = field(default_factory=list)
    notes: dict[str, object] = field(default_factory=dict)

    @property
    def p95(self) -> float:
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] if ordered else 0.0

    @property
    def passed(self) -> bool:
        broken = self.lost or self.twice or self.foreign or self.problems
        return bool(self.n) and not broken and self.p95 <= self.longest_wait

    def render(self) -> str:
        """The line that is printed for the scenario."""
        figures = f"n={self.n} lost={self.lost} twice={self.twice} foreign={self.foreign} p95={self.p95:.1f}"
        notes = "".join(f" {name}={value}" for name, value in self.notes.items())
        return f"{'PASS' if self.passed else 'FAIL'} {self.name} {figures}{notes}"
