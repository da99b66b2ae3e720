"""Tells the owners of work how it ended, once for each row."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Protocol

from db.models import Document, Question, Task
from db.operations import claims, tenants
from db.operations.claims import Model
from db.states import UNFINISHED
from processing.runtime.retry import retry_transient, wait_while
from processing.services import Services
from processing.types import Delivery, DeliveryState

# While one process delivers, no other begins. If the process crashes, another one may deliver after this pause.
PAUSE = timedelta(seconds=30)
SHORTEST_POSTPONEMENT_SECONDS = 3.0
Row = Document | Question | Task
log = logging.getLogger(__name__)


class Announced(Protocol):
    """What the outbox needs of a kind of work. ``processing.jobs.kind.JobKind`` implements it."""

    name: str

    @property
    def model(self) -> Any: ...

    def deliver(self, services: Services, row: Any) -> Delivery: ...

    def after_delivery(self, services: Services, row: Any) -> None: ...

    def repair(self, services: Services, row: Any, current: Any) -> None: ...


def deliver(services: Services, kind: Announced, tenant_id: int, row_id: str) -> None:
    """Tell the owner how the work ended, unless that is not due or another process is doing it."""
    with services.database.tenant(tenant_id) as session:
        if not claims.claim_delivery(session, tenant_id, kind.model, row_id, services.clock(), PAUSE):
            return
    row = retry_transient(lambda: find_row(services, kind.model, tenant_id, row_id))
    if row is None:
        return
    delivery = kind.deliver(services, row)
    retry_transient(lambda: record_delivery(services, kind.model, row, delivery))
    if delivery.state is not DeliveryState.POSTPONED:
        kind.after_delivery(services, row)


def record_delivery(services: Services, model: Model, row: Row, delivery: Delivery) -> None:
    """Record the result of a delivery. If that fails, the outcome is delivered again after ``PAUSE``."""
    now, tenant_id = services.clock(), row.tenant_id
    with services.database.tenant(tenant_id) as session:
        if delivery.state is DeliveryState.POSTPONED:
            until = now + timedelta(seconds=max(delivery.seconds, SHORTEST_POSTPONEMENT_SECONDS))
            claims.postpone_delivery(session, tenant_id, model, row.id, until)
            return
        claims.mark_delivered(session, tenant_id, model, row.id, delivery.message_id)
        if delivery.state is DeliveryState.UNREACHABLE:
            tenants.mark_unreachable(session, tenant_id, now)


def repair(services: Services, kind: Announced, row: Row) -> None:
    """Edit the final message of a row that this process has lost, in case progress of this process has overwritten it.

    That happens if the process was frozen during an edit, which is sent when the process goes on.
    """
    services.notifier.close_progress(row.chat_id, row.message_id)
    current = wait_while(
        lambda found: is_being_delivered(services, found),
        lambda: find_row(services, kind.model, row.tenant_id, row.id),
    )
    if current is None or (current.state not in UNFINISHED and current.deliver_at is None):
        kind.repair(services, row, current)


def is_being_delivered(services: Services, row: Row | None) -> bool:
    """Return True if another process may be delivering the outcome, or has postponed that for less than ``PAUSE``."""
    now = services.clock()
    return row is not None and row.deliver_at is not None and now < row.deliver_at <= now + PAUSE


def find_row(services: Services, model: Model, tenant_id: int, row_id: str) -> Row | None:
    with services.database.tenant(tenant_id, reading=True) as session:
        return claims.find_row(session, tenant_id, model, row_id)
