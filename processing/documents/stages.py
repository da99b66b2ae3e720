"""How far the work on a document is, and how long it will still take at the speed measured so far."""

from __future__ import annotations

from db.states import Stage

STAGES = tuple(Stage)
# Per cent of the whole work, from measurements: reading takes 2 ms a page; embedding 25, filming 4 and checking 1.3 ms
# a passage.
WEIGHTS = {"reading": 6, "cutting": 2, "embedding": 72, "filming": 14, "checking": 6}
# The speed of a stage is not estimated from less time than this.
SETTLED_SECONDS = 1.0


def measure_share(done: int, total: int | None) -> float:
    """Return the part of the stage that is done, from 0 to 1; 0 if the total is not known."""
    return min(1.0, done / total) if total else 0.0


def measure_percent(stage: str | None, done: int, total: int | None) -> int:
    """Return the per cent of the whole work that are done, from 0 to 99; only a ready document has 100."""
    if stage not in WEIGHTS:
        return 0
    before = sum(WEIGHTS[name] for name in STAGES[: STAGES.index(stage)])
    return min(99, int(before + WEIGHTS[stage] * measure_share(done, total)))


def estimate_left(stage: str, done: int, total: int | None, stage_seconds: float) -> float | None:
    """Return the seconds until the document is ready, or None while the speed can't be measured.

    This stage is expected to go on at its present speed; later ones take time in proportion to their weights.
    """
    share = measure_share(done, total)
    if stage not in WEIGHTS or share <= 0 or stage_seconds < SETTLED_SECONDS:
        return None
    whole_stage = stage_seconds / share
    later = sum(WEIGHTS[name] for name in STAGES[STAGES.index(stage) + 1 :])
    return whole_stage * (1 - share) + whole_stage * later / WEIGHTS[stage]
