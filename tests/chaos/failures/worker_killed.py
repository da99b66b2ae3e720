"""``kill -9`` of workers in every stage, before the bell, before the word, and at random moments."""

from __future__ import annotations

import time

import redis

from tests.chaos.counting import count_documents
from tests.chaos.house_check import check_house
from tests.chaos.killing import Killer
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.scene import Scene, open_scene
from tests.queue_server import QueueServer

STAGES = ("reading", "cutting", "embedding", "filming", "checking")
LONGEST_RECOVERY_SECONDS = 40.0
PEOPLE = 6
# While one comes up again the other goes on; each has a supervisor of its own.
WORKERS = 2


def run(plan: Plan) -> Outcome:
    outcome = Outcome("worker_killed", longest_wait=LONGEST_RECOVERY_SECONDS)
    folder = plan.folder / "worker_killed_queue"
    folder.mkdir()
    queue = QueueServer(folder)
    queue.start()
    try:
        with open_scene(plan, outcome.name, {"REDIS_URL": queue.url}, worker=True) as scene:
            scene.stack.run("worker_two", ["worker.py"])
            scene.wait_for_workers(WORKERS)
            scene.meet(PEOPLE)
            killer = Killer(scene)
            aim(killer, queue, plan.choose(20, 1))
            strike_at_random(scene, killer, plan.choose(500, 10), plan.choose(40, 1))
            killer.wait_recovered()
            scene.wait_ended()
            outcome.waits = killer.waits
            outcome.notes |= {**killer.kills, "kills": killer.kills.total(), "unrung": killer.unrung}
            count_documents(scene, outcome)
            check_house(scene, outcome)
    finally:
        queue.stop()
    return outcome


def aim(killer: Killer, queue: QueueServer, each: int) -> None:
    """Every place ``each`` times; half of the words get through before the kill, and are not to be said again."""
    with redis.Redis.from_url(queue.url) as client:
        for number in range(each):
            for stage in STAGES:
                killer.kill_in_stage(stage)
            killer.kill_before_the_word(arrived=False)
            if number % 2 == 0:
                killer.kill_before_the_word(arrived=True)
            killer.kill_before_the_bell(client)


def strike_at_random(scene: Scene, killer: Killer, documents: int, kills: int) -> None:
    for number in range(documents):
        killer.wait_for_room(2 * PEOPLE)
        scene.send(scene.people[number % PEOPLE], paragraphs=scene.dice.choice((1, 2, 3, 20)))
        if (number + 1) % (documents // kills) == 0:
            time.sleep(scene.dice.uniform(0, 1))
            killer.kill_at_random()
