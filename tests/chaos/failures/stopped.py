"""SIGTERM under load: everything ends in time, and work continues at the next start."""

from __future__ import annotations

import signal
import time

from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.processes import list_below
from tests.chaos.recount import count_documents
from tests.chaos.scene import END_SECONDS, Scene, open_scene
from tests.stack import wait_until

PEOPLE = 6
LONGEST_STOP_SECONDS = 15.0
# The process is killed only after this; whether a stop was fast enough is judged by the measured time.
HANG_SECONDS = 60.0
WORKING = "SELECT count(*) FROM documents WHERE state = 'working'"


def run(plan: Plan) -> Outcome:
    outcome = Outcome("stopped", longest_wait=LONGEST_STOP_SECONDS)
    with open_scene(plan, outcome.name) as scene:
        scene.meet(PEOPLE)
        for _ in range(plan.choose(20, 2)):
            for person in scene.people:
                scene.send(person, paragraphs=scene.dice.choice((2, 40)))
            seen = lambda: scene.query(WORKING)[0][0] > 0  # noqa: E731
            wait_until(seen, "work under way", scene.stack.read_logs, END_SECONDS)
            time.sleep(scene.dice.uniform(0, 3))
            outcome.waits.append(stop_and_start(scene, outcome))
        scene.wait_ended()
        count_documents(scene, outcome)
        check_consistency(scene, outcome)
    return outcome


def stop_and_start(scene: Scene, outcome: Outcome) -> float:
    """Stop and start again; returns the seconds until the process and its children had ended."""
    main = scene.stack.get("main")
    assert main.process is not None
    below = {one.pid for one in list_below(main.process.pid)}
    began = time.monotonic()
    code = main.stop(signal.SIGTERM, HANG_SECONDS)
    took = time.monotonic() - began
    if code != 0:
        outcome.problems.append(f"it ended with {code}")
    if left := [one.command for one in list_below(1) if one.pid in below]:
        outcome.problems.append(f"still running: {left}")
    scene.start_bot()
    scene.stack.wait_healthy()
    return took
