"""The lifecycle of all work: claim, count the attempt, run, record exactly one outcome, deliver."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from db.models import Document, Question, Task
from db.operations import claims
from db.operations.upkeep import work_queue
from errors import LeaseLost
from processing.jobs.kind import Ending, JobKind, make_error_values
from processing.jobs.outcome import AttemptsUsedUp, Decision, Outcome, decide
from processing.notifications import outbox
from processing.runtime.retry import retry_transient
from processing.services import WorkerServices

Row = TypeVar("Row", Document, Question, Task)
Claim = TypeVar("Claim", contravariant=True)
BACK_TO_QUEUE = (Outcome.PUT_BACK, Outcome.RETRIED)
log = logging.getLogger(__name__)


def run_next(services: WorkerServices, kind: JobKind[Row]) -> bool:
    """Claim the next due row of this kind, make one attempt and record the outcome. Return False if no row is due."""
    with services.claim_in_turn(), services.database.upkeep() as session:
        row = work_queue.claim_next(
            session,
            kind.model,
            services.worker,
            services.clock(),
            kind.lease,
            kind=kind.stored_kind,
            one_per_tenant=kind.one_per_tenant,
            suspect=services.alone,
            # One thread is left for somebody else.
            most_per_tenant=services.threads - 1 or None,
        )
    if row is None:
        return False
    began = time.monotonic()
    outcome = run_claimed(services, kind, row)
    facts = {"kind": kind.name, "tenant": row.tenant_id, "id": row.id, "attempt": row.attempts, "outcome": outcome}
    log.info("job_ended", extra=facts | {"seconds": time.monotonic() - began})
    if outcome is Outcome.LEASE_LOST:
        outbox.repair(services, kind, row)
    return True


def run_claimed(services: WorkerServices, kind: JobKind[Row], row: Row) -> Outcome:
    """Make one attempt at a claimed row and return its outcome."""
    values: Mapping[str, object] = {}
    error: Exception | None = None
    with services.leases.hold(kind.model, row.id, row.fencing_token) as lease:
        try:
            if row.lease_until is not None and row.lease_until <= services.clock():
                # The commit of the claim was answered so late that another worker may have the row.
                raise LeaseLost
            if row.attempts > kind.max_attempts:
                raise AttemptsUsedUp
            values = kind.perform(services, row, lease)
        except Exception as failure:
            error = failure
        outcome = decide_and_store(services, kind, row, error, values)
    if outcome is Outcome.LEASE_LOST:
        kind.after_lease_lost(services, row)
    return outcome


def decide_and_store(
    services: WorkerServices, kind: JobKind[Row], row: Row, error: Exception | None, values: Mapping[str, object]
) -> Outcome:
    """Decide what becomes of the attempt, store it and return it.

    Return ``LEASE_LOST`` or ``UNRECORDED`` if nothing could be stored. If storing work as done fails, the error of that
    decides.
    """
    decision = decide(error, row.attempts, kind.max_attempts)
    if decision.outcome in (Outcome.RETRIED, Outcome.GIVEN_UP):
        log_failure(kind.name, row.id, decision.outcome, error)
    try:
        store_outcome(services, kind, row, decision, error, values)
    except LeaseLost:
        return Outcome.LEASE_LOST
    except Exception as failure:
        if decision.outcome is Outcome.DONE:
            return decide_and_store(services, kind, row, failure, {})
        log_failure(kind.name, row.id, Outcome.UNRECORDED, failure)
        return Outcome.UNRECORDED
    return decision.outcome


def store_outcome(
    services: WorkerServices,
    kind: JobKind[Row],
    row: Row,
    decision: Decision,
    error: Exception | None,
    values: Mapping[str, object],
) -> None:
    """Store a decision, unless it is ``LEASE_LOST``. Raise ``LeaseLost`` if another worker holds the row."""
    if decision.outcome is Outcome.LEASE_LOST:
        return
    if decision.outcome in BACK_TO_QUEUE:
        store_put_back(services, kind, row, decision)
        return
    ending = Ending(decision.outcome, error, dict(values))
    ending.values |= make_error_values(kind, ending)
    store_ending(services, kind, row, ending)


def store_ending(services: WorkerServices, kind: JobKind[Row], row: Row, ending: Ending) -> None:
    """Publish the ending and what is to be delivered in one transaction, then clean up.

    Progress stops before the commit: from then on any process may deliver the final message.
    """
    services.notifier.close_progress(row.chat_id, row.message_id)

    def publish() -> None:
        with services.database.tenant(row.tenant_id) as session:
            kind.finish(services, session, row, ending)

    # If the first commit took effect but its reply was lost, the retry raises LeaseLost: the outcome is stored then,
    # and only after_finish is skipped.
    retry_transient(publish)
    services.wake_outbox()
    try:
        kind.after_finish(services, row, ending)
    except Exception as failure:
        # The outcome is published; garbage collection removes what is left.
        log.warning("cleanup_failed", extra={"kind": kind.name, "id": row.id}, exc_info=failure)


def store_put_back(services: WorkerServices, kind: JobKind[Row], row: Row, decision: Decision) -> None:
    due, counted = services.clock() + decision.pause, decision.outcome is Outcome.RETRIED
    with services.database.tenant(row.tenant_id) as session:
        claims.put_back(session, row.tenant_id, kind.model, row.id, row.fencing_token, due, counted=counted)


def log_failure(kind: str, row_id: object, outcome: Outcome, error: Exception | None) -> None:
    facts = {"kind": kind, "id": row_id, "outcome": outcome, "error": type(error).__name__}
    log.warning("attempt_failed", extra=facts, exc_info=error)


class AsyncKind(Protocol[Claim]):
    """The asynchronous counterpart of ``JobKind``, used for the updates of Telegram."""

    name: str
    max_attempts: int

    async def perform(self, claim: Claim) -> None:
        """Do the work."""

    def explain(self, claim: Claim, error: Exception) -> Exception | None:
        """Return the error of ``errors`` that decides the outcome, or None to treat the attempt as done."""

    async def record(self, claim: Claim, decision: Decision, error: Exception | None) -> None:
        """Write what became of the attempt and tell the person what they need to know."""


async def run_claimed_async(kind: AsyncKind[Any], claim: Any, claim_id: object, attempts: int) -> Outcome:
    """Make one attempt at claimed work on the event loop and return its outcome."""
    error: Exception | None = None
    try:
        if attempts > kind.max_attempts:
            raise AttemptsUsedUp
        await kind.perform(claim)
    except Exception as failure:
        error = failure
    decision = decide(kind.explain(claim, error) if error else None, attempts, kind.max_attempts)
    if error is not None and decision.outcome is not Outcome.REFUSED:
        log_failure(kind.name, claim_id, decision.outcome, error)
    try:
        await kind.record(claim, decision, error)
    except Exception as failure:
        log_failure(kind.name, claim_id, Outcome.UNRECORDED, failure)
        return Outcome.UNRECORDED
    return decision.outcome
