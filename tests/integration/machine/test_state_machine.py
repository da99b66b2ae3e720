"""Some examples of the state machine over the whole product; ``make chaos`` makes many more steps."""

from __future__ import annotations

from tests.chaos.machine.state_machine import run_machine

EXAMPLES = 25


def test_whatever_happens_nothing_is_lost_told_twice_or_foreign() -> None:
    steps = run_machine(EXAMPLES)
    assert steps.total() > EXAMPLES
