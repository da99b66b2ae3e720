"""Leases of the rows that this process has in work, renewed by one thread."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from db.engine import Database
from db.operations.claims import Model
from db.operations.upkeep import work_queue, workers
from processing.runtime.loops import ThreadLoop, describe_failing

LEASE = timedelta(seconds=30)
RENEWAL_SECONDS = 10.0
# After a failure: leases must be renewed well before they expire.
LONGEST_PAUSE_SECONDS = 4.0
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Lease:
    """The lease of a claimed row; ``lost`` is set when this process no longer holds the row."""

    model: Model
    row_id: str
    fencing_token: int
    lost: threading.Event = field(default_factory=threading.Event)


def name_worker(pid: int) -> str:
    """Return the name of a process of this machine, ``host:pid``, as rows store it in ``worker``."""
    return f"{socket.gethostname()}:{pid}"[-64:]


def release_dead_worker(database: Database, worker: str, now: datetime) -> None:
    """Make the work of a dead worker due at once, instead of when its leases expire."""
    with database.upkeep() as session:
        released = work_queue.release_leases(session, worker, now)
        workers.drop_worker(session, worker)
    log.info("dead_worker_released", extra={"worker": worker, "released": released})


class LeaseKeeper:
    """Renews the leases of this process, and the row that shows it as alive, every ``RENEWAL_SECONDS``.

    The row also names the loops of this process that fail, so that the health checks of the bot show them.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], worker: str, queue: str) -> None:
        self.database, self.clock, self.worker, self.queue = database, clock, worker, queue
        self._leases: set[Lease] = set()
        self._lock = threading.Lock()
        self._loop = ThreadLoop("leases", self.renew, RENEWAL_SECONDS, longest_pause=LONGEST_PAUSE_SECONDS)

    def start(self) -> None:
        self._loop.start()

    def stop(self) -> None:
        self._loop.stop(5)
        with self.database.upkeep() as session:
            workers.drop_worker(session, self.worker)

    def give_back(self) -> None:
        """Put the rows that are still in work back into the queue and take their attempts back."""
        with self._lock:
            leases = tuple(self._leases)
        now = self.clock()
        with self.database.upkeep() as session:
            for lease in leases:
                work_queue.give_back(session, lease.model, lease.row_id, lease.fencing_token, now)

    @contextmanager
    def hold(self, model: Model, row_id: str, fencing_token: int) -> Iterator[Lease]:
        """Renew the lease of a claimed row while the context lasts."""
        lease = Lease(model, row_id, fencing_token)
        with self._lock:
            self._leases.add(lease)
        try:
            yield lease
        finally:
            with self._lock:
                self._leases.discard(lease)

    def renew(self) -> None:
        """Renew every lease once. A lease whose row this process no longer holds is marked as lost."""
        with self._lock:
            leases = tuple(self._leases)
        now = self.clock()
        with self.database.upkeep() as session:
            workers.touch_worker(session, self.worker, self.queue, now, describe_failing())
            for lease in leases:
                if not work_queue.renew_lease(session, lease.model, lease.row_id, lease.fencing_token, now + LEASE):
                    lease.lost.set()
