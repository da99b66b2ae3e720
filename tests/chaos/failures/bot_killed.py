"""``kill -9`` of the bot while people send messages and documents: all are handled, hardly any twice."""

from __future__ import annotations

import time

from tests import invariants
from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_documents
from tests.chaos.scene import END_SECONDS, Scene, open_scene
from tests.servers.queue_server import QueueServer
from tests.stack import wait_until

PEOPLE = 20
ONE_IN = 10


def run(plan: Plan) -> Outcome:
    outcome = Outcome("bot_killed")
    messages, kills = plan.choose(600, 60), plan.choose(12, 3)
    queue_folder = plan.folder / "queue"
    queue_folder.mkdir()
    queue = QueueServer(queue_folder)
    queue.start()
    try:
        with open_scene(plan, outcome.name, {"REDIS_URL": queue.url}, worker=True) as scene:
            scene.meet(PEOPLE)
            stream(scene, messages, kills)
            outcome.notes |= {"kills": kills, "documents": len(scene.sent)}
            count_documents(scene, outcome)
            count_replies(scene, outcome, kills)
            check_consistency(scene, outcome)
    finally:
        queue.stop()
    return outcome


def stream(scene: Scene, messages: int, kills: int) -> None:
    """Send photos, each of which gets a reply, and every tenth time a document; kill the bot in between."""
    for number in range(messages):
        person = scene.people[number % PEOPLE]
        if number % ONE_IN == 0:
            scene.send(person)
        else:
            person.send_kind("photo")
        if number % (messages // kills) == messages // kills // 2:
            time.sleep(scene.dice.uniform(0, 2))
            scene.kill_bot()
            scene.start_bot()
    scene.wait_ended()


def count_replies(scene: Scene, outcome: Outcome, kills: int) -> None:
    """Check that every photo has a reply; one reply for each kill may be repeated."""
    photos = read_photos(scene)
    wait_until(
        lambda: photos <= set(invariants.count_replies(scene.people)),
        "every answer",
        scene.stack.read_logs,
        END_SECONDS,
    )
    replies = invariants.count_replies(scene.people)
    repeated = sum(replies[photo] - 1 for photo in photos)
    outcome.n += len(photos)
    outcome.twice += max(0, repeated - kills)
    outcome.notes["repeated"] = repeated


def read_photos(scene: Scene) -> set[tuple[int, int]]:
    """(person id, message id) of every photo sent."""
    return {
        (person.id, int(message["message_id"]))
        for person in scene.people
        for message in person.messages()
        if message["out"] and "photo" in message
    }
