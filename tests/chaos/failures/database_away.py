"""PostgreSQL stops or SQLite is locked: people read that their files are kept, and work goes on afterwards."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_documents, count_shown
from tests.chaos.scene import Scene, open_scene
from tests.servers.programs import PostgresServer, find_postgres

PEOPLE = 4
LOCKED_SECONDS = 25.0
KEPT = "What you sent is kept"


def run_sqlite(plan: Plan) -> Outcome:
    """Another program holds the write lock for longer than Socrate waits for it."""
    outcome = Outcome("sqlite_locked")
    with open_scene(plan, outcome.name) as scene:
        break_often(scene, plan, outcome, lambda: lock(scene))
    return outcome


def run_postgres(plan: Plan) -> Outcome:
    """PostgreSQL is stopped as by a crash, and started again after a second or half a minute."""
    outcome = Outcome("postgres_away")
    programs = find_postgres()
    if programs is None:
        outcome.problems.append("PostgreSQL's initdb is not installed")
        return outcome
    server = PostgresServer(programs, durable=True)
    server.start()
    try:
        with open_scene(plan, outcome.name, {"DATABASE_URL": server.make_database()}) as scene:
            break_often(scene, plan, outcome, lambda: take_away(server, scene.dice.choice((1.0, 30.0))))
    finally:
        server.stop()
    return outcome


def break_often(scene: Scene, plan: Plan, outcome: Outcome, break_it: Callable[[], None]) -> None:
    rounds = plan.choose(6, 1)
    scene.meet(PEOPLE)
    scene.warm_up()
    for _ in range(rounds):
        for person in scene.people:
            scene.send(person, paragraphs=scene.dice.choice((2, 40)))
        break_it()
        scene.wait_ended()
    outcome.notes |= {"times": rounds, "read_it_is_kept": count_shown(scene, KEPT)}
    count_documents(scene, outcome)
    check_consistency(scene, outcome)


def lock(scene: Scene) -> None:
    with closing(sqlite3.connect(scene.stack.data / "socrate.db", timeout=60, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        time.sleep(LOCKED_SECONDS)
        holder.execute("ROLLBACK")


def take_away(server: PostgresServer, seconds: float) -> None:
    server.halt()
    time.sleep(seconds)
    server.resume()
