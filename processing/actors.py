"""Dramatiq's actors: a wake-up comes in, one piece of work is done."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq

from db.states import Queue
from processing.jobs.run import run_next
from processing.kinds import list_kinds
from processing.runtime.broker import ACTORS
from processing.services import WorkerServices


def make_actors(broker: dramatiq.Broker, services: WorkerServices) -> None:
    """Declare an actor for each queue. Actors have no arguments: the database says what is due."""
    for queue in Queue:
        declare = dramatiq.actor(broker=broker, queue_name=queue, actor_name=ACTORS[queue])
        declare(make_worker(services, queue))


def make_worker(services: WorkerServices, queue: Queue) -> Callable[[], None]:
    """A function that works on the next due row of the queue's kinds, or returns at once if none is due."""

    def work() -> None:
        any(run_next(services, kind) for kind in list_kinds(queue))

    return work
