"""Runs the scenarios and prints one line each; exit code 1 when any fails."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.chaos import (
    bad_files,
    bot_killed,
    calls_fail,
    crowd,
    database_away,
    disk_full,
    fairness,
    queue_broken,
    steady,
    stopped,
    strangers,
    telegram_faults,
    worker_frozen,
    worker_killed,
)
from tests.chaos.outcome import Outcome, Plan

SCENARIOS: dict[str, Callable[[Plan], Outcome]] = {
    "worker_killed": worker_killed.run,
    "queue_broken": queue_broken.run,
    "bot_killed": bot_killed.run,
    "worker_frozen": worker_frozen.run,
    "worker_hung": worker_frozen.run_for_good,
    "telegram_faults": telegram_faults.run,
    "strangers": strangers.run,
    "fairness": fairness.run,
    "postgres_away": database_away.run_postgres,
    "sqlite_locked": database_away.run_sqlite,
    "calls_fail": calls_fail.run,
    "calls_fail_far": calls_fail.run_far,
    "disk_full": disk_full.run,
    "stopped": stopped.run,
    "bad_files": bad_files.run,
    "steady": steady.run,
    "crowd": crowd.run,
}


def main() -> int:
    arguments = parse_arguments()
    folder = Path(tempfile.mkdtemp(prefix="socrate-chaos-"))
    chosen = arguments.only or list(SCENARIOS)
    plan = Plan(folder, arguments.seed, arguments.quick)
    passed = [run_scenario(name, plan) for name in chosen]
    if all(passed):
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    print(f"Logs and data of what failed are in {folder}.")
    return 1


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Breaks Socrate on purpose.")
    parser.add_argument("--quick", action="store_true", help="fewer of everything: about ten minutes on two cores")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same lots (default 1)")
    parser.add_argument("--only", action="append", choices=tuple(SCENARIOS), help="this scenario; may be given again")
    return parser.parse_args()


def run_scenario(name: str, plan: Plan) -> bool:
    """One line; what does not hold is explained below it."""
    began = time.monotonic()
    try:
        outcome = SCENARIOS[name](plan)
    except Exception:
        outcome = Outcome(name, problems=[traceback.format_exc()])
    outcome.notes["seconds"] = round(time.monotonic() - began)
    print(outcome.render(), flush=True)
    for problem in outcome.problems:
        print(f"    {problem}", flush=True)
    return outcome.passed


if __name__ == "__main__":
    sys.exit(main())
