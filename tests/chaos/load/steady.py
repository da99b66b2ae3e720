"""Normal work for a while: memory, open files, threads and rows do not grow after the warm-up."""

from __future__ import annotations

from dataclasses import dataclass

from db.states import Queue
from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.processes import Living, count_handles, count_threads, list_living, measure_memory
from tests.chaos.recount import count_documents
from tests.chaos.scene import END_SECONDS, Scene, open_scene
from tests.stack import wait_until

PEOPLE = 5
BATCH = 20
QUEUES = (Queue.DOCUMENTS, Queue.ANSWERS)
MEGABYTE = 1024 * 1024
# How much more is allowed: allocators keep some memory, and connections come and go.
MORE_MEMORY, MORE_HANDLES, MORE_THREADS = 0.05, 25, 25


@dataclass(frozen=True)
class Measured:
    memory: int
    handles: int
    threads: int


def run(plan: Plan) -> Outcome:
    outcome = Outcome("steady")
    batches = plan.choose(25, 3)
    with open_scene(plan, outcome.name) as scene:
        scene.meet(PEOPLE)
        history: list[dict[str, Measured]] = []
        for _ in range(batches):
            work_through(scene)
            history.append({name: measure(one) for name, one in list_ours(scene).items()})
        warm = history[: max(1, batches // 4) + 1]
        for name in history[-1]:
            compare(name, [round_of[name] for round_of in warm], history[-1][name], outcome)
        count_documents(scene, outcome)
        check_nothing_left(scene, outcome)
        check_consistency(scene, outcome)
    return outcome


def check_nothing_left(scene: Scene, outcome: Outcome) -> None:
    """Check that the scratch directory is empty and that only rows of tenants and running workers are left."""
    scratch_directory = scene.stack.data / "scratch"
    wait_until(
        lambda: not list(scratch_directory.iterdir()), "an empty scratch directory", scene.stack.read_logs, END_SECONDS
    )
    rows = {table: int(scene.query(f"SELECT count(*) FROM {table}")[0][0]) for table in ("tenants", "workers")}
    rows["waiting"] = scene.count_unhandled()
    if rows != (expected := {"tenants": PEOPLE, "workers": len(QUEUES), "waiting": 0}):
        outcome.problems.append(f"rows {rows} instead of {expected}")


def work_through(scene: Scene) -> None:
    """Send a batch of documents, and a question and a command from each person."""
    for number in range(BATCH):
        scene.send(scene.people[number % PEOPLE], paragraphs=scene.dice.choice((1, 2, 8)))
    scene.wait_ended()
    for person in scene.people:
        person.say("What is the password of the vault?")
        person.say("/docs")
    scene.wait_taken_in()


def list_ours(scene: Scene) -> dict[str, Living]:
    main = scene.stack.get("main").process
    assert main is not None
    return {
        "bot": next(one for one in list_living() if one.pid == main.pid),
        "worker": scene.list_workers()[0],
    }


def measure(one: Living) -> Measured:
    return Measured(measure_memory(one.pid), count_handles(one.pid), count_threads(one.pid))


def compare(name: str, warm: list[Measured], last: Measured, outcome: Outcome) -> None:
    """Add a problem if the last figures are above the highest of the warm-up."""
    memory = max(one.memory for one in warm)
    outcome.notes[f"{name}_mb"] = f"{memory // MEGABYTE}-{last.memory // MEGABYTE}"
    if last.memory > memory * (1 + MORE_MEMORY):
        outcome.problems.append(f"{name}: memory grew from {memory // MEGABYTE} to {last.memory // MEGABYTE} MB")
    if last.handles > max(one.handles for one in warm) + MORE_HANDLES:
        outcome.problems.append(f"{name}: {warm[-1].handles} open files became {last.handles}")
    if last.threads > max(one.threads for one in warm) + MORE_THREADS:
        outcome.problems.append(f"{name}: {warm[-1].threads} threads became {last.threads}")
