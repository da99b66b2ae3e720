"""Runs the scenarios and prints one line for each; the exit code is 1 if any fails."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.chaos.attacks import greedy, hostile_updates, sabotage
from tests.chaos.clocks import skew
from tests.chaos.failures import (
    bot_killed,
    calls_fail,
    database_away,
    disk_full,
    queue_broken,
    stopped,
    telegram_faults,
    unforeseen,
    worker_frozen,
    worker_killed,
)
from tests.chaos.load import bad_files, crowd, fairness, steady, strangers
from tests.chaos.outcome import Outcome, Plan

# The longest first, because ``--quick`` runs several at the same time.
SCENARIOS: dict[str, Callable[[Plan], Outcome]] = {
    "unforeseen": unforeseen.run,
    "state_machine": unforeseen.run_steps,
    "unforeseen_in_processes": calls_fail.run_unforeseen,
    "calls_fail_far": calls_fail.run_far,
    "calls_fail": calls_fail.run,
    "hostile_updates": hostile_updates.run,
    "greedy": greedy.run,
    "sabotage": sabotage.run,
    "skew": skew.run,
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
    "disk_full": disk_full.run,
    "stopped": stopped.run,
    "bad_files": bad_files.run,
    "steady": steady.run,
    "crowd": crowd.run,
}


# They measure times and memory, which other scenarios would disturb.
ALONE = ("greedy", "steady", "crowd")
# Scenarios mostly wait, for leases and rate limits.
SIDE_BY_SIDE = 3


def main() -> int:
    arguments = parse_arguments()
    if arguments.quick and not arguments.only:
        return run_side_by_side(arguments.seed)
    folder = Path(tempfile.mkdtemp(prefix="socrate-chaos-"))
    plan = Plan(folder, arguments.seed, arguments.quick)
    passed = [run_scenario(name, plan) for name in arguments.only or SCENARIOS]
    if all(passed):
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    print(f"Logs and data of what failed are in {folder}.")
    return 1


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Breaks Socrate on purpose.")
    parser.add_argument("--quick", action="store_true", help="fewer of everything: about ten minutes on two cores")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same random choices (default 1)")
    parser.add_argument("--only", action="append", choices=tuple(SCENARIOS), help="this scenario; may be given again")
    return parser.parse_args()


def run_side_by_side(seed: int) -> int:
    """Run all scenarios with ``--quick``, a few at a time, each in its own process; returns the highest exit code."""

    def run(name: str) -> int:
        command = [sys.executable, "-m", "tests.chaos", "--quick", "--seed", str(seed), "--only", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(done.stdout + done.stderr, end="", flush=True)
        return done.returncode

    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        together = list(threads.map(run, (name for name in SCENARIOS if name not in ALONE)))
    return max(together + [run(name) for name in ALONE])


def run_scenario(name: str, plan: Plan) -> bool:
    """Run one scenario and print its line, followed by its problems; returns whether it passed."""
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
