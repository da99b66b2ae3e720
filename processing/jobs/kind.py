"""What a kind of work declares; ``processing.jobs.run`` does the rest.

To add a kind of work, write a subclass of ``JobKind`` or ``TaskKind`` and add it to ``processing/kinds.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from db.models import Document, Question, Task
from db.operations import claims, tasks
from db.states import Queue, State
from errors import Cancelled, LeaseLost, SocrateError, WorkerStopping
from processing.jobs.outcome import MAX_ATTEMPTS, Outcome
from processing.runtime.leases import LEASE, Lease
from processing.runtime.retry import retry_transient
from processing.services import Services, WorkerServices
from processing.types import Delivery

Row = TypeVar("Row", Document, Question, Task)
STATES = {
    Outcome.DONE: State.READY,
    Outcome.REFUSED: State.FAILED,
    Outcome.GIVEN_UP: State.FAILED,
    Outcome.CANCELLED: State.CANCELLED,
}


@dataclass
class Ending:
    """How work ended: its outcome, the columns to write with it, and the error, None if the work is done."""

    outcome: Outcome
    error: Exception | None = None
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return STATES[self.outcome]


class JobKind(Generic[Row]):
    """One kind of work: what to do, how often to try, and what each outcome means to its owner.

    ``perform`` and ``finish`` let errors through: ``processing.jobs.run`` decides the outcome from them.
    """

    # Stands in the log and, for tasks, in the ``kind`` column.
    name: str
    model: type[Row]
    queue: Queue
    lease: timedelta = LEASE
    max_attempts: int = MAX_ATTEMPTS
    # For bulk work: a tenant's next row waits until the one in work has ended.
    one_per_tenant: bool = False
    # The key of the sentence for work that was given up after all attempts.
    failure_key: str = "error_temporary"

    @property
    def stored_kind(self) -> str:
        """The value of the ``kind`` column by which tasks are selected; empty for kinds with a table of their own."""
        return self.name if self.model is Task else ""

    def perform(self, services: WorkerServices, row: Row, lease: Lease) -> Mapping[str, object]:
        """Do the work and return the columns to write with the outcome ``DONE``."""
        raise NotImplementedError

    def describe_failure(self, error: Exception) -> str:
        """Return the key of the sentence for work that was given up."""
        return self.failure_key

    def finish(self, services: WorkerServices, session: Session, row: Row, ending: Ending) -> None:
        """Write the ending. Raise ``LeaseLost`` if another worker holds the row. A subclass writes more with it."""
        now, token = services.clock(), row.fencing_token
        claims.finish(session, row.tenant_id, self.model, row.id, token, ending.state, now, **ending.values)

    def after_finish(self, services: WorkerServices, row: Row, ending: Ending) -> None:
        """Clean up after the commit. An error is logged, and garbage collection removes what is left."""

    def after_lease_lost(self, services: WorkerServices, row: Row) -> None:
        """Remove files that this attempt wrote; another worker has the row, or it was deleted."""

    def deliver(self, services: Services, row: Row) -> Delivery:
        """Tell the owner how the work ended, and return what became of the message."""
        raise NotImplementedError

    def after_delivery(self, services: Services, row: Row) -> None:
        """Delete what is not needed once the owner knows the outcome or can't be reached."""

    def repair(self, services: Services, row: Row, current: Row | None) -> None:
        """Edit the final message again, in case a late progress message of this worker has replaced it.

        ``row`` is the row as this worker claimed it, before the lease was lost. ``current`` is the row as it is now,
        None if it is deleted.
        """


class TaskKind(JobKind[Task]):
    """Work whose row is deleted at the end.

    The outcome ``DONE`` is delivered to the owner only if ``announces_done`` is True, every other one in any case.
    """

    model = Task
    queue = Queue.ANSWERS
    announces_done: bool = False

    def finish(self, services: WorkerServices, session: Session, row: Task, ending: Ending) -> None:
        if ending.outcome is Outcome.DONE and not self.announces_done:
            claims.delete_claimed(session, row.tenant_id, Task, row.id, row.fencing_token)
        else:
            super().finish(services, session, row, ending)

    def after_delivery(self, services: Services, row: Task) -> None:
        retry_transient(partial(self._delete, services, row))

    def _delete(self, services: Services, row: Task) -> None:
        with services.database.tenant(row.tenant_id) as session:
            tasks.delete_task(session, row.tenant_id, row.id)


def make_error_values(kind: JobKind[Row], ending: Ending) -> dict[str, Any]:
    """Return the columns that say why work failed, empty if it did not. Work given up may be retried by its owner."""
    match ending.outcome, ending.error:
        case Outcome.REFUSED, SocrateError() as mistake:
            return {"error_key": mistake.key, "error_facts": dict(mistake.facts)}
        case Outcome.GIVEN_UP, Exception() as error:
            return {"error_key": kind.describe_failure(error), "error_facts": {"retryable": True}}
    return {}


def check_wanted(services: WorkerServices, row: Row, lease: Lease) -> None:
    """Raise ``LeaseLost``, ``WorkerStopping`` or ``Cancelled`` if the work is not to go on."""
    if lease.lost.is_set():
        raise LeaseLost
    if services.stopping.is_set():
        raise WorkerStopping
    with services.database.tenant(row.tenant_id, reading=True) as session:
        if claims.is_cancel_requested(session, row.tenant_id, lease.model, row.id):
            raise Cancelled
