"""Dramatiq's actors, one for each queue. Each wake-up makes a worker do one piece of work."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq

from db.states import Queue
from processing.jobs.run import run_next
from processing.kinds import list_kinds
from processing.runtime.broker import ACTORS
from processing.services import WorkerServices


def make_actors(broker: dramatiq.Broker, services: WorkerServices) -> None:
    """Declare an actor for each queue. Wake-ups carry no arguments: the worker looks into the database for due work."""
    for queue in Queue:
        declare = dramatiq.actor(broker=broker, queue_name=queue, actor_name=ACTORS[queue])
        declare(make_work_function(services, queue))


def make_work_function(services: WorkerServices, queue: Queue) -> Callable[[], None]:
    """Return a function that does one piece of due work of the queue, or returns at once if none is due."""

    def work() -> None:
        any(run_next(services, kind) for kind in list_kinds(queue))

    return work
