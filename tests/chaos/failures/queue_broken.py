"""The queue is killed, emptied, frozen, out of memory and disconnected: nothing is lost or done twice."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import redis

from processing.runtime.embedded_valkey import choose_socket
from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.processes import list_below, send
from tests.chaos.recount import count_documents, count_shown
from tests.chaos.scene import Scene, open_scene

PEOPLE = 5
FROZEN_SECONDS = 20.0
REFUSING_SECONDS = 15.0
CUTS, CUT_PAUSE_SECONDS = 30, 0.2
WAITS = "The queue is down at the moment"


def run(plan: Plan) -> Outcome:
    outcome = Outcome("queue_broken")
    each = plan.choose(50, 6)
    with open_scene(plan, outcome.name) as scene:
        scene.meet(PEOPLE)
        for break_it in BREAKS:
            send_some(scene, each // 2)
            break_it(scene, lambda: send_some(scene, each - each // 2))
            scene.wait_ended()
        count_documents(scene, outcome)
        outcome.notes |= {"kinds": len(BREAKS), "read_queue_is_down": count_shown(scene, WAITS)}
        if not outcome.notes["read_queue_is_down"]:
            outcome.problems.append("no person read that the queue is down")
        check_consistency(scene, outcome)
    return outcome


def send_some(scene: Scene, count: int) -> None:
    for _ in range(count):
        scene.send(scene.dice.choice(scene.people))


def kill_and_empty(scene: Scene, meanwhile: Callable[[], None]) -> None:
    """Kill the queue and delete its data; it starts again empty."""
    shutil.rmtree(scene.stack.data / "valkey" / "appendonlydir", ignore_errors=True)
    for pid in list_queues(scene):
        send(pid, signal.SIGKILL)
    meanwhile()


def flush(scene: Scene, meanwhile: Callable[[], None]) -> None:
    meanwhile()
    connect(scene).flushall()


def freeze(scene: Scene, meanwhile: Callable[[], None]) -> None:
    pids = list_queues(scene)
    for pid in pids:
        send(pid, signal.SIGSTOP)
    meanwhile()
    time.sleep(FROZEN_SECONDS)
    for pid in pids:
        send(pid, signal.SIGCONT)


def refuse_writes(scene: Scene, meanwhile: Callable[[], None]) -> None:
    queue = connect(scene)
    queue.config_set("maxmemory", "1")
    meanwhile()
    time.sleep(REFUSING_SECONDS)
    queue.config_set("maxmemory", "0")


def cut_lines(scene: Scene, meanwhile: Callable[[], None]) -> None:
    meanwhile()
    for _ in range(CUTS):
        with suppress(redis.RedisError):
            connect(scene).client_kill_filter(_type="normal", skipme=True)
        time.sleep(CUT_PAUSE_SECONDS)


BREAKS = (kill_and_empty, flush, freeze, refuse_writes, cut_lines)


def list_queues(scene: Scene) -> list[int]:
    main = scene.stack.get("main").process
    assert main is not None
    return [one.pid for one in list_below(main.pid) if one.is_valkey]


def connect(scene: Scene) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(choose_socket(scene.stack.data / "valkey")), socket_timeout=10)
