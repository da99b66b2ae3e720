"""A worker is frozen past its lease and woken: its late work changes nothing and leaves no file."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing

from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.processes import send
from tests.chaos.recount import count_documents
from tests.chaos.scene import END_SECONDS, Scene, open_scene
from tests.stack import wait_until

DOCUMENTS, OWN_WORKERS = 8, 2
STAGES = "('cutting', 'embedding', 'filming', 'checking')"
HELD = f"SELECT worker, id, fencing_token FROM documents WHERE state = 'working' AND stage IN {STAGES}"
PROBE_SECONDS, BETWEEN_PROBES = 0.5, 0.1


def run(plan: Plan) -> Outcome:
    outcome = Outcome("worker_frozen")
    frozen = 0
    with open_scene(plan, outcome.name, more_workers=OWN_WORKERS) as scene:
        scene.wait_for_workers(1 + OWN_WORKERS)
        scene.meet(DOCUMENTS)
        while frozen < plan.choose(20, 1):
            frozen += freeze_and_wake(scene, outcome)
        count_documents(scene, outcome, woken=True)
        check_consistency(scene, outcome)
    outcome.notes["frozen_in_work"] = frozen
    return outcome


def run_for_good(plan: Plan) -> Outcome:
    """Workers stay frozen and may hold the lock of the database; their supervisor has to kill them."""
    outcome = Outcome("worker_hung")
    with open_scene(plan, outcome.name) as scene:
        scene.meet(DOCUMENTS)
        for _ in range(plan.choose(5, 1)):
            for person in scene.people:
                scene.send(person, paragraphs=20)
            wait_until(lambda: bool(scene.query(HELD)), "work under way", scene.stack.read_logs, END_SECONDS)
            for one in scene.list_workers():
                send(one.pid, signal.SIGSTOP)
            scene.wait_ended()
        count_documents(scene, outcome)
        check_consistency(scene, outcome)
    return outcome


def freeze_and_wake(scene: Scene, outcome: Outcome) -> int:
    """Freeze a worker until all documents are ready, then wake it; returns how many documents it held.

    The worker is one that the scene started itself: a supervisor would kill a worker that is silent for so long.
    """
    for person in scene.people:
        scene.send(person, paragraphs=100)
    pid = 0
    while not pid:
        wait_until(lambda: bool(scene.query(HELD)), "work under way", scene.stack.read_logs, END_SECONDS)
        pid = freeze_the_busiest(scene)
    held = {document: fencing_token for worker, document, fencing_token in scene.query(HELD) if read_pid(worker) == pid}
    try:
        scene.wait_ended()
    finally:
        send(pid, signal.SIGCONT)
    wait_until(
        lambda: not list_attempt_folders(scene, held), "the late worker's files gone", scene.stack.read_logs, 120
    )
    outcome.problems += [f"the late worker published {document}" for document in list_late(scene, held)]
    return len(held)


def freeze_the_busiest(scene: Scene) -> int:
    """Freeze the worker with most documents; returns its process id.

    Returns 0 if it held the lock of SQLite, for which all others would wait; it is woken at once then.
    """
    own = {process.process.pid for process in scene.stack.processes if process.process is not None}
    busy = Counter(pid for row in scene.query(HELD) if (pid := read_pid(row[0])) in own)
    if not busy:
        return 0
    pid = busy.most_common(1)[0][0]
    send(pid, signal.SIGSTOP)
    time.sleep(BETWEEN_PROBES)
    try:
        path = scene.stack.data / "socrate.db"
        with closing(sqlite3.connect(path, timeout=PROBE_SECONDS, isolation_level=None)) as probe:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
    except sqlite3.OperationalError:
        send(pid, signal.SIGCONT)
        time.sleep(BETWEEN_PROBES)
        return 0
    return pid


def read_pid(worker: str) -> int:
    return int(worker.rpartition(":")[2])


def list_attempt_folders(scene: Scene, held: dict[str, int]) -> list[str]:
    """Folders that belong to the attempts of the frozen worker."""
    storage, scratch_directory = scene.stack.data / "storage", scene.stack.data / "scratch"
    stored = [
        path.name
        for document, fencing_token in held.items()
        for path in storage.glob(f"tenants/*/documents/{document}/attempts/{fencing_token}")
    ]
    scratch = [
        path.name
        for document, fencing_token in held.items()
        for path in scratch_directory.glob(f"{document}-{fencing_token}-*")
    ]
    return stored + scratch


def list_late(scene: Scene, held: dict[str, int]) -> list[str]:
    published = dict(scene.query("SELECT id, archive_version FROM documents"))
    return [document for document, fencing_token in held.items() if published.get(document) == fencing_token]
