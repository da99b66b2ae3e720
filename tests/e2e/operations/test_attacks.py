"""Short versions of attacks: hostile updates, a greedy person, and clocks that differ or go back."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.attacks import greedy
from tests.chaos.attacks.hostile_updates import ALL, run_way
from tests.chaos.clocks import skew
from tests.chaos.outcome import Outcome, Plan
from tests.servers.programs import PostgresServer

SOME = 150


def test_hostile_updates_all_end_and_another_person_is_answered(tmp_path: Path) -> None:
    outcome = Outcome("in short")
    run_way(Plan(tmp_path, quick=True), outcome, ALL[0], {}, SOME)
    check(outcome)


def test_hostile_updates_at_a_webhook_with_postgresql(tmp_path: Path, postgres: PostgresServer) -> None:
    outcome = Outcome("in short")
    run_way(Plan(tmp_path, quick=True, seed=2), outcome, ALL[3], {"DATABASE_URL": postgres.make_database()}, SOME)
    check(outcome)


def test_a_person_gets_everything_next_to_a_greedy_one(tmp_path: Path) -> None:
    check(greedy.run(Plan(tmp_path, quick=True)))


def test_nobody_takes_work_from_the_living_because_clocks_differ(tmp_path: Path) -> None:
    outcome = Outcome("in short")
    skew.run_on(Plan(tmp_path, quick=True), outcome, "sqlite", {}, (skew.differ, skew.go_back))
    check(outcome)


def check(outcome: Outcome) -> None:
    assert outcome.n and not (outcome.lost or outcome.twice or outcome.foreign or outcome.problems), [
        outcome.render(),
        *outcome.problems,
    ]
