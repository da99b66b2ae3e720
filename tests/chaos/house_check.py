"""The house in order when all is over, and no log with a word that belongs to somebody."""

from __future__ import annotations

from tests.chaos.outcome import Outcome
from tests.chaos.scene import Scene
from tests.invariants import check_house as audit
from tests.invariants import check_no_secret


def check_house(scene: Scene, outcome: Outcome) -> None:
    """Add what does not agree to ``outcome``."""
    try:
        audit(scene.stack)
        check_no_secret(scene.stack, *(sent.secret for sent in scene.sent), *(sent.name for sent in scene.sent))
    except AssertionError as error:
        outcome.problems.append(str(error))
