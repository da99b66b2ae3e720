"""One document of a person does not wait for the many of another person."""

from __future__ import annotations

import time

from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_documents
from tests.chaos.scene import END_SECONDS, Scene, open_scene
from tests.servers.queue_server import QueueServer
from tests.stack import wait_until

STARTED = "SELECT started_at FROM documents WHERE name = :name AND started_at IS NOT NULL"
BEFORE = """
SELECT count(*) FROM documents d JOIN documents one ON one.name = :name
WHERE d.id != one.id AND d.started_at > one.created_at AND d.started_at < one.started_at
"""
# As many documents as are processed at the same time may begin before it does.
AT_ONCE = 2
# A chat may get one message a second, and a document needs several.
SECONDS_A_DOCUMENT = 5


def run(plan: Plan) -> Outcome:
    """The worker is started when the many documents and then the one are queued."""
    outcome = Outcome("fairness")
    many = plan.choose(200, 30)
    patience = END_SECONDS + many * SECONDS_A_DOCUMENT
    folder = plan.folder / "queue"
    folder.mkdir()
    queue = QueueServer(folder)
    queue.start()
    settings = {"DOCUMENTS_AT_ONCE": str(AT_ONCE), "REDIS_URL": queue.url}
    try:
        with open_scene(plan, outcome.name, settings, worker=True) as scene:
            busy, modest = scene.meet(2)
            scene.stack.get("worker").stop()
            for _ in range(many):
                scene.send(busy, paragraphs=6)
            scene.wait_taken_in(patience)
            one = scene.send(modest, paragraphs=6)
            scene.wait_taken_in()
            outcome.notes["waiting_before_it"] = scene.query("SELECT count(*) FROM documents")[0][0] - 1
            start_work(scene, one.name, outcome)
            scene.wait_ended(patience)
            count_documents(scene, outcome)
            check_consistency(scene, outcome)
    finally:
        queue.stop()
    return outcome


def start_work(scene: Scene, name: str, outcome: Outcome) -> None:
    """Start the worker and wait until the one has begun; notes how long that took and what began before it."""
    scene.stack.processes.remove(scene.stack.get("worker"))
    scene.stack.run("worker", ["worker.py"])
    scene.wait_for_workers()
    began = time.monotonic()
    wait_until(lambda: bool(scene.query(STARTED, name=name)), "its turn", scene.stack.read_logs, END_SECONDS)
    outcome.waits.append(time.monotonic() - began)
    before = scene.query(BEFORE, name=name)[0][0]
    outcome.notes["began_before_it"] = before
    if before > AT_ONCE:
        outcome.problems.append(f"{before} documents that came earlier began after it came and before it")
