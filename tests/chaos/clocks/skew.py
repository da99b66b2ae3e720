"""Clocks of machines differ, one machine sleeps, time goes back: work ends once, and is not taken from the living."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.chaos.clocks.clock import VARIABLE, set_shift
from tests.chaos.consistency import check_consistency
from tests.chaos.failures.worker_frozen import HELD, PROBE_SECONDS, read_pid
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.processes import send
from tests.chaos.recount import count_documents, list_texts
from tests.chaos.scene import END_SECONDS, Scene, open_scene
from tests.servers import PostgresServer, find_postgres
from tests.stack import ROOT, Stack, wait_until

PEOPLE = 4
# Of the clocks of two workers; that of the bot and its own worker is right.
SKEWS = {"ahead": 90.0, "behind": -90.0}
BOT = "bot"
SLEPT_SECONDS, BACK_SECONDS = 3600.0, -600.0
# After a lease of 30 seconds another worker may take what a frozen one holds; clocks that differ may add their skew.
PATIENCE_SECONDS = 240.0
# So long nothing may change when all work has ended.
REST_SECONDS = 15.0
# What a worker logs that was alive and found its work with another one.
TAKEN = '"outcome": "lease_lost"'
TOKENS = "SELECT id, state, fencing_token FROM documents ORDER BY id"


def run(plan: Plan) -> Outcome:
    outcome = Outcome("skew")
    run_on(plan, outcome, "sqlite", {}, (differ, sleep, go_back))
    programs = find_postgres()
    if plan.quick:
        return outcome
    if programs is None:
        outcome.problems.append("PostgreSQL's initdb is not installed")
        return outcome
    postgres = PostgresServer(programs)
    postgres.start()
    try:
        run_on(plan, outcome, "postgres", {"DATABASE_URL": postgres.make_database()}, (differ, sleep, go_back))
    finally:
        postgres.stop()
    return outcome


def run_on(
    plan: Plan, outcome: Outcome, name: str, settings: dict[str, str], phases: tuple[Callable[..., None], ...]
) -> None:
    """Run the phases on one stack; at the end everything must have ended once and nothing be in work."""
    folder = plan.folder / f"clocks_{name}"
    folder.mkdir(parents=True)
    with open_scene(plan, f"{outcome.name}_{name}", settings | make_settings(folder, BOT, 0.0)) as scene:
        for who, seconds in SKEWS.items():
            start_worker(scene.stack, folder, who, seconds)
        scene.wait_for_workers(1 + len(SKEWS))
        scene.meet(PEOPLE)
        for phase in phases:
            phase(scene, outcome, plan, folder)
        count_documents(scene, outcome, woken=True)
        check_rest(scene, outcome)
        check_consistency(scene, outcome)


def make_settings(folder: Path, who: str, seconds: float) -> dict[str, str]:
    """Environment variables that give a process a clock of its own."""
    set_shift(folder / who, seconds)
    injected = Path(__file__).parent.parent / "injected"
    return {VARIABLE: str(folder / who), "PYTHONPATH": f"{injected}:{ROOT}"}


def start_worker(stack: Stack, folder: Path, who: str, seconds: float) -> None:
    own = stack.settings[VARIABLE]
    stack.settings |= make_settings(folder, who, seconds)
    stack.run(who, ["worker.py", "--queue", "documents"])
    stack.settings[VARIABLE] = own


def differ(scene: Scene, outcome: Outcome, plan: Plan, _folder: Path) -> None:
    """All workers live, so none may take the work of another, although its lease looks old to one of them."""
    for _ in range(plan.choose(5, 1)):
        for person in scene.people:
            scene.send(person, paragraphs=plan.choose(200, 60))
        scene.wait_ended()
    taken = sum(log.read_text().count(TAKEN) for log in scene.stack.folder.glob("*.log"))
    outcome.notes["taken_from_the_living"] = int(str(outcome.notes.get("taken_from_the_living", 0))) + taken
    if taken:
        outcome.problems.append(f"work was taken {taken} times from workers that were alive")


def sleep(scene: Scene, outcome: Outcome, plan: Plan, folder: Path) -> None:
    """A machine sleeps with work: others do it, and the machine changes nothing when it wakes an hour later."""
    frozen = 0
    while frozen < plan.choose(4, 1):
        for person in scene.people:
            scene.send(person, paragraphs=100)
        for who in SKEWS:
            frozen += freeze(scene, folder, who)
        scene.wait_ended()
    outcome.notes["slept_with_work"] = frozen


def freeze(scene: Scene, folder: Path, who: str) -> bool:
    """Freeze this worker in its work until others have done it. False if it had none."""
    process = scene.stack.get(who).process
    assert process is not None
    pid = process.pid

    def holds() -> bool:
        return any(read_pid(row[0]) == pid for row in scene.query(HELD))

    try:
        wait_until(holds, "work of this worker", seconds=10)
    except AssertionError:
        return False
    send(pid, signal.SIGSTOP)
    try:
        # It may hold the lock of SQLite, which no other machine could; then it goes on at once.
        if not holds() or not can_write(scene):
            return False
        set_shift(folder / who, SKEWS[who] + SLEPT_SECONDS)
        scene.wait_ended(PATIENCE_SECONDS)
    finally:
        send(pid, signal.SIGCONT)
    set_shift(folder / who, SKEWS[who])
    return True


def can_write(scene: Scene) -> bool:
    """Whether the database takes writes; PostgreSQL has no lock that a frozen client holds for everybody."""
    path = scene.stack.data / "socrate.db"
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path, timeout=PROBE_SECONDS, isolation_level=None)) as probe:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    return True


def go_back(scene: Scene, outcome: Outcome, plan: Plan, folder: Path) -> None:
    """The clock of the bot and its worker goes back in the middle of work; people are answered all the same."""
    for person in scene.people:
        scene.send(person, paragraphs=40)
    set_shift(folder / BOT, BACK_SECONDS)
    scene.wait_ended()
    for person in scene.people:
        person.say("What is the password of the vault?")
    wait_until(lambda: all(knows_own(scene, number) for number in range(PEOPLE)), "answers", seconds=END_SECONDS)
    set_shift(folder / BOT, 0.0)


def knows_own(scene: Scene, number: int) -> bool:
    """Whether a person was shown the secret of one of their documents."""
    person = scene.people[number]
    shown = "\n".join(text for _, text in list_texts(person.transcript()))
    return any(sent.secret in shown for sent in scene.sent if sent.person.id == person.id)


def check_rest(scene: Scene, outcome: Outcome) -> None:
    before = scene.query(TOKENS)
    time.sleep(REST_SECONDS)
    if scene.query(TOKENS) != before:
        outcome.problems.append("work went on although all documents had ended")
