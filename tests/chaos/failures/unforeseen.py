"""Every call of whole stories is struck in every way, and a state machine tries what nobody planned."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.chaos.machine.injection import Fault, Result, strike_all
from tests.chaos.machine.state_machine import run_machine
from tests.chaos.outcome import Outcome, Plan

QUICK_FAULTS = 20
QUICK_EXAMPLES, FULL_EXAMPLES = 20, 800


def run(plan: Plan) -> Outcome:
    """Strike every call of a story without a language model and of one with it, side by side."""
    outcome = Outcome("unforeseen")
    with ProcessPoolExecutor(2) as processes:
        runs = [processes.submit(strike, plan, model) for model in (False, True)]
        results = [each.result() for each in runs]
    for result in results:
        outcome.n += result.struck.total()
        outcome.problems += result.problems
    ways = results[0].struck + results[1].struck
    outcome.notes |= {str(way): count for way, count in sorted(ways.items())}
    outcome.notes["missed"] = sum(len(result.missed) for result in results)
    return outcome


def strike(plan: Plan, model: bool) -> Result:
    logging.disable(logging.CRITICAL)

    def choose(faults: list[Fault]) -> Sequence[Fault]:
        return plan.dice.sample(faults, QUICK_FAULTS) if plan.quick else faults

    return strike_all(choose, model=model, seed=plan.seed)


def run_steps(plan: Plan) -> Outcome:
    """The state machine; each run tries other steps."""
    outcome = Outcome("state_machine")
    logging.disable(logging.CRITICAL)
    try:
        steps = run_machine(plan.choose(FULL_EXAMPLES, QUICK_EXAMPLES), random=not plan.quick)
    finally:
        logging.disable(logging.NOTSET)
    outcome.n = steps["rules"]
    outcome.notes |= {name.replace(" ", "_"): count for name, count in sorted(steps.items()) if name != "rules"}
    return outcome
