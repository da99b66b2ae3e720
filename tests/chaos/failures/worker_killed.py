"""``kill -9`` of workers in every stage, before a wake-up, before a delivery, and at random moments."""

from __future__ import annotations

import time

import redis

from tests.chaos.consistency import check_consistency
from tests.chaos.killer import Killer
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_documents
from tests.chaos.scene import Scene, open_scene
from tests.servers.queue_server import QueueServer

STAGES = ("reading", "cutting", "embedding", "filming", "checking")
LONGEST_RECOVERY_SECONDS = 40.0
PEOPLE = 6
# One goes on while the other starts again; each has its own supervisor.
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
            kill_everywhere(killer, queue, plan.choose(20, 1))
            strike_at_random(scene, killer, plan.choose(500, 10), plan.choose(40, 1))
            killer.wait_recovered()
            scene.wait_ended()
            outcome.waits = killer.waits
            outcome.notes |= {**killer.kills, "kills": killer.kills.total(), "not_woken": killer.not_woken}
            count_documents(scene, outcome)
            check_consistency(scene, outcome)
    finally:
        queue.stop()
    return outcome


def kill_everywhere(killer: Killer, queue: QueueServer, each: int) -> None:
    """Kill ``each`` times at every moment; half of the deliveries arrive before the kill and must not be repeated."""
    with redis.Redis.from_url(queue.url) as client:
        for number in range(each):
            for stage in STAGES:
                killer.kill_in_stage(stage)
            killer.kill_before_the_delivery(arrived=False)
            if number % 2 == 0:
                killer.kill_before_the_delivery(arrived=True)
            killer.kill_before_the_wake_up(client)


def strike_at_random(scene: Scene, killer: Killer, documents: int, kills: int) -> None:
    for number in range(documents):
        killer.wait_for_room(2 * PEOPLE)
        scene.send(scene.people[number % PEOPLE], paragraphs=scene.dice.choice((1, 2, 3, 20)))
        if (number + 1) % (documents // kills) == 0:
            time.sleep(scene.dice.uniform(0, 1))
            killer.kill_at_random()
