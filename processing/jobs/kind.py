"""What a kind of work declares; ``processing.jobs.run`` does the rest.

To add a kind of work, write a subclass of ``JobKind`` or ``TaskKind`` and add it to ``processing/kinds.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from db.models import Document, OutboxMessage, Question, Task
from db.operations import claims, outbox, tasks, tenants
from db.states import Queue, State
from errors import Cancelled, LeaseLost, SocrateError, WorkerStopping
from processing.delivery import Delivery, Sending
from processing.jobs.ids import make_work_id
from processing.jobs.outcome import MAX_ATTEMPTS, Outcome
from processing.notifications.content import decode_view, encode_view
from processing.runtime.leases import LEASE, Lease
from processing.services import Services, WorkerServices
from processing.types import NoticeView

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
        """Write the ending, and the message that its owner is owed. A subclass writes more with them.

        Raise ``LeaseLost`` if another worker holds the row.
        """
        now, token = services.clock(), row.fencing_token
        claims.finish(session, row.tenant_id, self.model, row.id, token, ending.state, now, **ending.values)
        if self.is_announced(ending):
            ended = claims.get_row(session, row.tenant_id, self.model, row.id)
            self.announce(services, session, ended)

    def is_announced(self, ending: Ending) -> bool:
        """Return True if the owner is told about this ending."""
        return True

    def announce(self, services: Services, session: Session, row: Row) -> None:
        """Owe the owner a message about the ended row, in the transaction of ``session``."""
        content = self.describe(services, session, row)
        outbox.add_message(session, row.tenant_id, make_message(self.name, row, content, services.clock()))

    def describe(self, services: Services, session: Session, row: Row) -> dict[str, Any]:
        """Return what ``deliver`` needs of the ended row; nothing if that reads the row itself."""
        return {}

    def after_finish(self, services: WorkerServices, row: Row, ending: Ending) -> None:
        """Clean up after the commit. An error is logged, and garbage collection removes what is left."""

    def after_lease_lost(self, services: WorkerServices, row: Row) -> None:
        """Remove files that this attempt wrote; another worker has the row, or it was deleted."""

    def deliver(self, services: Services, message: OutboxMessage, sending: Sending) -> Delivery:
        """Tell the owner how the work ended, and return what became of the message."""
        raise NotImplementedError

    def after_delivery(self, services: Services, session: Session, message: OutboxMessage) -> None:
        """Write more in the transaction that records the message as delivered, or the person as unreachable."""

    def repair(self, services: Services, message: OutboxMessage) -> None:
        """Edit the final message again, in case a late progress message of this worker has replaced it."""

    def repair_deleted(self, services: Services, row: Row) -> None:
        """Edit the message of a row that is deleted with all that was owed about it, in the same case."""


class TaskKind(JobKind[Task]):
    """Work whose row is deleted at the end. Its owner is told one sentence, in the message of the row if it has one.

    The outcome ``DONE`` is told only if ``announces_done`` is True, every other one in any case.
    """

    model = Task
    queue = Queue.ANSWERS
    announces_done: bool = False

    def is_announced(self, ending: Ending) -> bool:
        return ending.outcome is not Outcome.DONE or self.announces_done

    def finish(self, services: WorkerServices, session: Session, row: Task, ending: Ending) -> None:
        super().finish(services, session, row, ending)
        tasks.delete_task(session, row.tenant_id, row.id)

    def describe(self, services: Services, session: Session, row: Task) -> dict[str, Any]:
        language = tenants.get_tenant(session, row.tenant_id).language
        key, facts = self.choose_sentence(row)
        return encode_view(NoticeView(language, row.chat_id, row.message_id, key, facts))

    def choose_sentence(self, row: Task) -> tuple[str, dict[str, Any]]:
        """Return key and facts of the sentence about an ended task."""
        return row.error_key or self.failure_key, row.error_facts

    def deliver(self, services: Services, message: OutboxMessage, sending: Sending) -> Delivery:
        return services.notifier.deliver_notice(decode_view(NoticeView, message.content), sending)


def make_message(kind: str, row: Document | Question | Task, content: dict[str, Any], now: datetime) -> OutboxMessage:
    """Return the message about the end of a row, in place of the row's message if that can be edited.

    A row that was deleted and added again has the same id and tokens, and another time.
    """
    return OutboxMessage(
        id=make_work_id(row.tenant_id, f"{kind}/{row.id}/{row.created_at.timestamp()}/{row.fencing_token}"),
        bot_id=row.bot_id,
        kind=kind,
        subject=row.id,
        content=content,
        chat_id=row.chat_id,
        message_id=row.message_id,
        due_at=now,
        created_at=now,
    )


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
