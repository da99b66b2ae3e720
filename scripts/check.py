"""Runs all checks that need no server at the same time, and prints how long each took: ``python -m scripts.check``."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

PRODUCT = "main.py worker.py wiring.py settings.py errors.py bot sandbox processing db storage"
# The slowest checks come first, so that the quick ones run meanwhile on the other cores.
CHECKS = {
    "types": "mypy",
    "house rules": "pytest -q tests/unit/test_house_rules.py tests/unit/test_settings.py",
    # The first run also finds product code that only tests use, the second one unused code in the tests.
    "dead code": f"vulture {PRODUCT} scripts benchmarks",
    "dead tests": f"vulture {PRODUCT} scripts benchmarks tests",
    # The product may import the packages of requirements.in; scripts and tests those of requirements-dev.in, too.
    "dependencies": "deptry . --no-ansi",
    "dependencies of tests": r"deptry . --no-ansi --exclude \.venv --ignore DEP002,DEP004",
    "drawing": "scripts.draw_house --check",
    "migrations": "scripts.make_migration --check",
    "lint": "ruff check .",
    "format": "ruff format --check .",
}


@dataclass(frozen=True)
class Outcome:
    """The result of one check: its exit status (0 if it passed), its output, and the seconds that it took."""

    name: str
    status: int
    output: str
    seconds: float


def main() -> int:
    """Return 0 if every check passed, otherwise 1. Print the output of checks that failed."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = [pool.submit(run_check, name, command) for name, command in CHECKS.items()]
        outcomes = [print_outcome(done.result()) for done in as_completed(running)]
    failed = [outcome.name for outcome in outcomes if outcome.status]
    print(f"Failed: {', '.join(failed)}" if failed else "Every check passed.")
    return 1 if failed else 0


def run_check(name: str, command: str) -> Outcome:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(name, done.returncode, done.stdout, time.monotonic() - started)


def print_outcome(outcome: Outcome) -> Outcome:
    print(f"{'FAILED' if outcome.status else 'ok':8}{outcome.name} ({outcome.seconds:.1f} s)", flush=True)
    if outcome.status:
        print(outcome.output, flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
