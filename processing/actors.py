"""Dramatiq's actors, one for each queue. A wake-up makes a thread of a worker do the work that is due."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import dramatiq

from db.states import Queue
from processing.jobs.alone import SuspectRunner
from processing.jobs.kind import JobKind
from processing.jobs.run import run_next
from processing.kinds import list_kinds
from processing.runtime.broker import ACTORS
from processing.services import WorkerServices

# A thread waits for another wake-up after this time: Dramatiq ends what works on one wake-up for a day.
SERIES_SECONDS = 600.0


def make_actors(broker: dramatiq.Broker, services: WorkerServices) -> None:
    """Declare an actor for each queue. Wake-ups carry no arguments: the worker looks into the database for due work."""
    for queue in Queue:
        declare = dramatiq.actor(broker=broker, queue_name=queue, actor_name=ACTORS[queue])
        declare(make_work_function(services, queue))


def make_work_function(services: WorkerServices, queue: Queue) -> Callable[[], None]:
    """Return a function that does due work of the queue until none is left that this thread may do.

    It does more than one piece, because wake-ups are used up while a tenant has their share of the threads in work.
    """
    kinds = list_kinds(queue)
    suspects = SuspectRunner(services, kinds)
    # Bulk work of any number of tenants leaves a thread to the rest.
    bulk = threading.Semaphore(max(1, services.threads - 1))

    def run(kind: JobKind[Any]) -> bool:
        if not kind.one_per_tenant:
            return run_next(services, kind)
        if not bulk.acquire(blocking=False):
            return False
        try:
            return run_next(services, kind)
        finally:
            bulk.release()

    def work() -> None:
        until = time.monotonic() + SERIES_SECONDS
        while time.monotonic() < until and not services.stopping.is_set():
            tried = suspects.run()
            if not any(run(kind) for kind in kinds) and not tried:
                return

    return work
