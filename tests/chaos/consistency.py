"""At the end of a scenario database, storage and queue agree, and no log holds text of a person."""

from __future__ import annotations

from sqlalchemy import text

from tests.chaos.outcome import Outcome
from tests.chaos.scene import Scene
from tests.invariants import check_consistency as audit
from tests.invariants import check_no_secret


def check_consistency(scene: Scene, outcome: Outcome) -> None:
    """Add what is wrong to the problems of ``outcome``."""
    try:
        audit(scene.stack)
        check_no_secret(scene.stack, *(sent.secret for sent in scene.sent), *(sent.name for sent in scene.sent))
    except AssertionError as error:
        outcome.problems.append(str(error))


def drop_dead_letters(scene: Scene) -> None:
    """As an operator who has looked at them: the audit names dead letters as something to look at."""
    with scene.engine.begin() as connection:
        connection.execute(text("DELETE FROM updates WHERE state = 'dead_letter'"))
