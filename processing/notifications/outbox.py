"""The outbox: every message that is owed to a person, delivered once.

A message is committed together with what it is about. It is sent by the process that holds its lease, and no second
send begins while the first one is open. Each chat gets its messages one after the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.orm import Session

from db.models import Document, OutboxMessage, Question, Task
from db.operations import claims, tenants
from db.operations import outbox as owed
from db.operations.upkeep import outbox as outbox_queue
from db.states import OutboxState
from processing.delivery import Delivery, DeliveryState, Sending
from processing.runtime.retry import retry_transient, wait_while
from processing.services import Services
from processing.types import NoticeView

# Renewed while the message is being sent. If the process dies, another one sends the message after this time.
LEASE = timedelta(seconds=30)
# After so many refusals the message is sent as plain text without buttons, after the last one it is not sent again.
PLAIN_AFTER = 3
MOST_REFUSALS = 8
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 300.0
SHORTEST_PAUSE_SECONDS = 3.0
# Delivered messages are kept for a while, to edit a message again that late progress has overwritten.
DELIVERED_KEPT = timedelta(hours=1)
UNDELIVERED_KEPT = timedelta(days=90)
LONGEST_PROBLEM = 64
Row = Document | Question | Task
Hold = Callable[[OutboxMessage], AbstractContextManager[None]]
log = logging.getLogger(__name__)


class Announced(Protocol):
    """What the outbox needs of a kind of work. ``processing.jobs.kind.JobKind`` implements it."""

    name: str

    @property
    def model(self) -> Any: ...

    def deliver(self, services: Services, message: OutboxMessage, sending: Sending) -> Delivery: ...

    def after_delivery(self, services: Services, session: Session, message: OutboxMessage) -> None: ...

    def repair(self, services: Services, message: OutboxMessage) -> None: ...

    def repair_deleted(self, services: Services, row: Any) -> None: ...


Kinds = Mapping[str, Announced]


def hold_nothing(_message: OutboxMessage) -> AbstractContextManager[None]:
    return nullcontext()


def is_never_cut_off() -> bool:
    """For a process that goes on."""
    return False


def is_uncertain(delivery: Delivery) -> bool:
    """Return True if the connection broke, so that the message may have arrived or not."""
    return delivery.state is DeliveryState.DELIVERED and delivery.message_id is None


def list_due_chats(services: Services, limit: int) -> list[int]:
    """Return chats to which a message is due and none is being sent, at most ``limit``."""
    with services.database.upkeep(reading=True) as session:
        return list(outbox_queue.list_due_chats(session, services.bot_id, services.clock(), limit))


def deliver_next(
    services: Services,
    kinds: Kinds,
    chat_id: int,
    hold: Hold = hold_nothing,
    is_cut_off: Callable[[], bool] = is_never_cut_off,
) -> Delivery | None:
    """Lease and send the next due message of a chat, and record what became of it; None if there is none.

    ``hold`` returns a context in which the lease is renewed. While ``is_cut_off`` returns True, this process breaks its
    own connections: a message that may have arrived is not recorded then, and is sent again after its lease.
    """
    with services.database.upkeep() as session:
        message = outbox_queue.lease_next(session, services.bot_id, chat_id, services.clock(), LEASE)
    if message is None:
        return None
    with hold(message):
        delivery = send(services, kinds, message)
        if is_uncertain(delivery) and is_cut_off():
            log.warning("delivery_cut_off", extra={"kind": message.kind, "id": message.subject})
            return delivery
        retry_transient(lambda: record(services, kinds, message, delivery))
    return delivery


def send(services: Services, kinds: Kinds, message: OutboxMessage) -> Delivery:
    """Send the message and return what became of it. An error that is not known is a refusal."""

    def record_part(parts_sent: int, message_id: int | None) -> None:
        message.parts_sent, message.message_id = parts_sent, message_id or message.message_id
        values = {"parts_sent": message.parts_sent, "message_id": message.message_id}
        with services.database.tenant(message.tenant_id) as session:
            owed.write_leased(session, message.tenant_id, message, **values)

    sending = Sending(message.message_id, message.parts_sent, message.attempts >= PLAIN_AFTER, record_part)
    try:
        return kinds[message.kind].deliver(services, message, sending)
    except Exception as error:
        log.error("delivery_failed", extra={"kind": message.kind, "id": message.subject}, exc_info=error)
        if not sending.plain:
            return Delivery(DeliveryState.REFUSED, problem=type(error).__name__)
    return apologize(services, message, sending)


def apologize(services: Services, message: OutboxMessage, sending: Sending) -> Delivery:
    """Tell the person that something has ended, in place of a message that can't be written."""
    try:
        language = services.get_language(message.tenant_id)
        view = NoticeView(language, message.chat_id, sending.message_id, "outcome_unwritten")
        return services.notifier.deliver_notice(view, sending)
    except Exception as error:
        log.error("apology_failed", extra={"kind": message.kind, "id": message.subject}, exc_info=error)
        return Delivery(DeliveryState.REFUSED, problem=type(error).__name__)


def record(services: Services, kinds: Kinds, message: OutboxMessage, delivery: Delivery) -> None:
    """Record the result of a delivery. If that fails, the message is sent again when its lease is over."""
    now, tenant_id = services.clock(), message.tenant_id
    with services.database.tenant(tenant_id) as session:
        match delivery.state:
            case DeliveryState.DELIVERED:
                record_delivered(services, session, kinds.get(message.kind), message, delivery.message_id)
            case DeliveryState.UNREACHABLE:
                tenants.mark_unreachable(session, tenant_id, now)
                for closed in owed.close_chat(session, tenant_id, message.bot_id, message.chat_id):
                    if closed.kind in kinds:
                        kinds[closed.kind].after_delivery(services, session, closed)
            case DeliveryState.REFUSED:
                record_refusal(session, message, delivery, now)
            case _:
                until = now + timedelta(seconds=max(delivery.seconds, SHORTEST_PAUSE_SECONDS))
                values = {"due_at": until, "lease_until": None, "problem": delivery.problem or None}
                owed.write_leased(session, tenant_id, message, **values)
                if delivery.state is DeliveryState.FLOODED:
                    owed.postpone_chat(session, tenant_id, message.bot_id, message.chat_id, until)


def record_delivered(
    services: Services, session: Session, kind: Announced | None, message: OutboxMessage, message_id: int | None
) -> None:
    """Record that the message is delivered, and in the row of its work which message shows the outcome."""
    shown = message_id or message.message_id
    delivered = {"state": OutboxState.DELIVERED, "lease_until": None, "message_id": shown, "due_at": services.clock()}
    if owed.write_leased(session, message.tenant_id, message, **delivered) and kind is not None:
        if message_id is not None:
            claims.move_message(session, message.tenant_id, kind.model, message.subject, message_id)
        kind.after_delivery(services, session, message)


def record_refusal(session: Session, message: OutboxMessage, delivery: Delivery, now: datetime) -> None:
    """Count the refusal. The message is sent again after a pause, until it was refused ``MOST_REFUSALS`` times."""
    attempts = message.attempts + 1
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempts - 1))
    values: dict[str, Any] = {"attempts": attempts, "problem": delivery.problem[:LONGEST_PROBLEM], "lease_until": None}
    if attempts >= MOST_REFUSALS:
        log.error("message_refused", extra={"kind": message.kind, "id": message.subject, "problem": delivery.problem})
        values["state"] = OutboxState.REFUSED
    owed.write_leased(session, message.tenant_id, message, due_at=now + timedelta(seconds=pause), **values)


def repair(services: Services, kind: Announced, row: Row) -> None:
    """Edit the final message of a row that this process has lost, in case progress of this process has overwritten it.

    That happens if the process was frozen during an edit, which is sent when the process goes on, or if an edit waited
    for the rate limit while the row was deleted. The message of a young row is only missing if everything of its tenant
    was deleted; that of an older one may have been dropped after any outcome.
    """
    services.notifier.close_progress(row.chat_id, row.message_id)
    message = wait_while(is_open, lambda: find_last(services, row.tenant_id, row.id))
    if message is None:
        if row.bot_id in (0, services.bot_id) and services.clock() - row.created_at < DELIVERED_KEPT:
            kind.repair_deleted(services, row)
    elif message is not None and message.state == OutboxState.DELIVERED and message.bot_id == services.bot_id:
        kind.repair(services, message)


def is_open(message: OutboxMessage | None) -> bool:
    """Return True if the message may be sent at any moment."""
    return message is not None and message.state == OutboxState.WAITING and message.problem is None


def find_last(services: Services, tenant_id: int, subject: str) -> OutboxMessage | None:
    """Return the newest message about one row of work, also if it was delivered lately."""
    with services.database.tenant(tenant_id, reading=True) as session:
        return next(iter(reversed(owed.list_about(session, tenant_id, subject))), None)


def adopt_rows(services: Services) -> None:
    """Give the rows from before bots were told apart to the bot of this process."""
    with services.database.upkeep() as session:
        outbox_queue.adopt_rows(session, services.bot_id)


def drop_old_messages(services: Services) -> None:
    """Delete messages that were delivered, or could not be delivered, long ago."""
    now = services.clock()
    with services.database.upkeep() as session:
        outbox_queue.drop_ended(session, (OutboxState.DELIVERED,), now - DELIVERED_KEPT)
        outbox_queue.drop_ended(session, (OutboxState.UNREACHABLE, OutboxState.REFUSED), now - UNDELIVERED_KEPT)
