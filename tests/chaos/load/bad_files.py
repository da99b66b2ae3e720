"""Hostile files: each ends in time with a reason, and no worker dies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.chaos.consistency import check_consistency
from tests.chaos.hostile_files import File, list_bombs, list_mutants, list_sound, list_wrongly_named
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.scene import Scene, open_scene
from tests.driver import Person, read
from tests.stack import wait_until

PEOPLE = 4
LONGEST_SECONDS = 60.0
BATCH = 40
# Sentences for failures that are not the file's fault.
OUR_FAULT = ("Something went wrong on our side", "I could not read it in three attempts")


@dataclass(frozen=True)
class Bad:
    """A file that was sent, and the id of its message."""

    person: Person
    message_id: int
    name: str


def run(plan: Plan) -> Outcome:
    outcome = Outcome("bad_files")
    with open_scene(plan, outcome.name, {"QUOTA_MB": "5000"}) as scene:
        scene.meet(PEOPLE)
        scene.warm_up()
        workers = {one.pid for one in scene.list_workers()}
        sent: list[Bad] = []
        for name, content in list_files(plan, scene):
            person = scene.people[len(sent) % PEOPLE]
            sent.append(Bad(person, person.send_file(content, name), f"{len(sent)} {name}"))
            if len(sent) % BATCH == 0:
                scene.wait_ended()
        scene.wait_ended()
        check_ends(sent, outcome)
        outcome.waits = read_seconds(scene)
        if {one.pid for one in scene.list_workers()} != workers:
            outcome.problems.append("a worker died")
        late = [seconds for seconds in outcome.waits if seconds > LONGEST_SECONDS]
        outcome.problems += [f"one took {seconds:.0f} s" for seconds in late]
        scratch_directory = scene.stack.data / "scratch"
        wait_until(lambda: not any(scratch_directory.iterdir()), "an empty scratch directory", seconds=150)
        check_consistency(scene, outcome)
    return outcome


def list_files(plan: Plan, scene: Scene) -> Iterator[File]:
    dice = plan.dice
    sound = list_sound(next(scene.stack.data.rglob("archive.mp4")).read_bytes())
    yield from list_bombs(plan.folder / "bombs")
    yield from list_mutants(dice, sound, plan.choose(2000, 21))
    yield from list_wrongly_named(dice, sound, plan.choose(200, 7))


def check_ends(sent: list[Bad], outcome: Outcome) -> None:
    """Check that each file got one result: ready, or a sentence that says why not."""
    answers: dict[tuple[int, int], list[str]] = {}
    for person in {bad.person.id: bad.person for bad in sent}.values():
        for message in person.messages():
            if not message["out"] and "reply_to_message" in message:
                replied = message["reply_to_message"]["message_id"]
                answers.setdefault((person.id, replied), []).append(read(message))
    outcome.n = len(sent)
    ready = 0
    for bad in sent:
        said = answers.get((bad.person.id, bad.message_id), [])
        ends = [text for text in said if not text.startswith("📄")]
        outcome.lost += not ends
        outcome.twice += len(ends) > 1
        ready += any("is ready" in text for text in ends)
        outcome.problems += [f"{bad.name}: {text}" for text in ends if any(words in text for words in OUR_FAULT)]
        if not ends:
            outcome.problems.append(f"{bad.name} has no end: {said}")
    outcome.notes["ready"] = ready


def read_seconds(scene: Scene) -> list[float]:
    """The seconds of each attempt, from the logs of the workers."""
    lines = [line for log in scene.stack.folder.glob("*.log") for line in log.read_text().splitlines()]
    return [json.loads(line)["seconds"] for line in lines if '"job_ended"' in line]
