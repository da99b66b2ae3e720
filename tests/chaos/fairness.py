"""One person's many documents do not make another's one wait for all of them."""

from __future__ import annotations

import time

from tests.chaos.counting import count_documents
from tests.chaos.house_check import check_house
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.scene import END_SECONDS, open_scene
from tests.stack import wait_until

STARTED = "SELECT started_at FROM documents WHERE name = :name AND started_at IS NOT NULL"
BEFORE = """
SELECT count(*) FROM documents d JOIN documents one ON one.name = :name
WHERE d.id != one.id AND d.started_at > one.created_at AND d.started_at < one.started_at
"""
# As many as are in work side by side may end before the one begins: one task's time.
AT_ONCE = 2


def run(plan: Plan) -> Outcome:
    outcome = Outcome("fairness")
    with open_scene(plan, outcome.name, {"DOCUMENTS_AT_ONCE": str(AT_ONCE)}) as scene:
        busy, modest = scene.meet(2)
        for _ in range(plan.choose(200, 30)):
            scene.send(busy, paragraphs=6)
        scene.wait_taken_in()
        began = time.monotonic()
        one = scene.send(modest, paragraphs=6)
        wait_until(lambda: bool(scene.query(STARTED, name=one.name)), "its turn", scene.stack.read_logs, END_SECONDS)
        outcome.waits.append(time.monotonic() - began)
        before = scene.query(BEFORE, name=one.name)[0][0]
        outcome.notes["began_before_it"] = before
        if before > AT_ONCE:
            outcome.problems.append(f"{before} documents that came earlier began after it came and before it")
        scene.wait_ended()
        count_documents(scene, outcome)
        check_house(scene, outcome)
    return outcome
