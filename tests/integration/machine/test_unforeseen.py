"""A sample of the calls of a whole story is struck, each in one way; ``make chaos`` strikes every call in every way."""

from __future__ import annotations

import random

import pytest

from tests.chaos.machine.injection import Fault, list_faults, strike_all
from tests.chaos.machine.ways import ALLOWED, Way

SAMPLE = 16


def choose_sample(faults: list[Fault]) -> list[Fault]:
    """The same faults in each run, of every way."""
    ways = {way: [fault for fault in faults if fault.way == way] for way in Way}
    dice = random.Random(11)
    return [dice.choice(of_way) for of_way in ways.values() if of_way for _ in range(SAMPLE // len(ways) + 1)]


@pytest.mark.parametrize("model", [False, True], ids=["words", "model"])
def test_struck_calls_cost_nobody_anything(model: bool) -> None:
    result = strike_all(choose_sample, model=model)
    assert result.problems == []
    assert result.struck.total() >= SAMPLE - 2, result.missed


def test_every_call_of_the_run_is_listed() -> None:
    """The list comes from the run: each kind of boundary is in it."""
    listed: list[Fault] = []

    def keep(faults: list[Fault]) -> list[Fault]:
        listed.extend(faults)
        return []

    strike_all(keep, model=True)
    kinds = {fault.call.partition(":")[2].partition(".")[0] for fault in listed}
    assert kinds == {"db", "http", "storage", "queue", "embedder", "reader", "model"}
    assert len(listed) > 2000
    assert list_faults({}) == []


def test_every_allowance_has_a_reason() -> None:
    assert all(each.reason and (each.lost or each.twice or each.findings) for each in ALLOWED)
