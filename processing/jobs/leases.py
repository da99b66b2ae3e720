"""Keeps the leases of running work alive from one thread."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from db.engine import Database
from db.models import Document, Question, Showing
from db.operations.claims import Model
from db.operations.upkeep import work_queue, workers
from errors import TransientFailure

LEASE = timedelta(seconds=30)
RENEWAL_SECONDS = 10.0
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Held:
    """One claimed row; ``lost`` is set when another took it over."""

    model: Model
    row_id: str
    fencing_token: int
    lost: threading.Event = field(default_factory=threading.Event)


def name_worker(pid: int) -> str:
    """A process of this machine, as rows name it."""
    return f"{socket.gethostname()}:{pid}"[-64:]


def release_dead_worker(database: Database, worker: str, now: datetime) -> None:
    """What a worker held that died for certain is due at once, instead of when its leases run out."""
    with database.upkeep() as session:
        released = sum(
            work_queue.release_leases(session, model, worker, now) for model in (Document, Question, Showing)
        )
        workers.drop_worker(session, worker)
    log.info("dead_worker_released", extra={"worker": worker, "released": released})


class LeaseKeeper:
    """Renews every ``RENEWAL_SECONDS`` what is held; a database away is tried again at the next round."""

    def __init__(self, database: Database, clock: Callable[[], datetime], worker: str, queue: str) -> None:
        self.database, self.clock, self.worker, self.queue = database, clock, worker, queue
        self._held: set[Held] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        with self.database.upkeep() as session:
            workers.drop_worker(session, self.worker)

    def give_back(self) -> None:
        """Return to the queue what is still in hand, as nobody's fault; whoever goes on with it finds it lost."""
        with self._lock:
            held = tuple(self._held)
        now = self.clock()
        with self.database.upkeep() as session:
            for one in held:
                work_queue.give_back(session, one.model, one.row_id, one.fencing_token, now)

    @contextmanager
    def hold(self, model: Model, row_id: str, fencing_token: int) -> Iterator[Held]:
        held = Held(model, row_id, fencing_token)
        with self._lock:
            self._held.add(held)
        try:
            yield held
        finally:
            with self._lock:
                self._held.discard(held)

    def renew(self) -> None:
        """One round: the worker's heartbeat and every lease."""
        with self._lock:
            round_of = tuple(self._held)
        now = self.clock()
        with self.database.upkeep() as session:
            workers.touch_worker(session, self.worker, self.queue, now)
            for held in round_of:
                if not work_queue.renew_lease(session, held.model, held.row_id, held.fencing_token, now + LEASE):
                    held.lost.set()

    def _run(self) -> None:
        while True:
            try:
                self.renew()
            except TransientFailure:
                log.warning("leases_not_renewed", extra={"worker": self.worker})
            if self._stop.wait(RENEWAL_SECONDS):
                return
