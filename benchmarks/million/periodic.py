"""What Socrate does again and again, whether anybody asks or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from db.models import Document
from db.operations.upkeep import work_queue
from processing.jobs import inbox
from processing.kinds import KINDS
from processing.maintenance import alerts, health
from processing.maintenance import reconciler as rounds
from processing.maintenance.garbage import GarbageCollector
from processing.maintenance.retention import drop_expired
from processing.notifications import outbox
from processing.notifications.deliverer import CHATS_AT_ONCE
from processing.runtime.leases import LeaseKeeper, release_dead_worker
from processing.services import Services

WORKER, BOT_ID = "host:1", 1


def list_due_chats(services: Services) -> None:
    outbox.list_due_chats(services, CHATS_AT_ONCE)


def list_periodic(services: Services) -> dict[str, Callable[[], object]]:
    """Return the periodic functions of bots and workers by name."""
    parts = (
        renew_leases,
        rounds.wake_workers,
        outbox.drop_old_messages,
        list_due_chats,
        rounds.drop_stale,
        inbox.drop_ended_updates,
        drop_expired,
        GarbageCollector().collect,
        health.get_overview,
        health.get_totals,
        health.check_worker,
        claim_everything,
        find_positions,
    )
    named: dict[str, Callable[[], object]] = {part.__name__: partial(part, services) for part in parts}
    holder = inbox.name_holder()
    return named | {
        "claim_alert": lambda: alerts.claim_alert(services, "database", "failing"),
        "claim_updates": lambda: inbox.claim_updates(services, BOT_ID, holder, 128, 64),
        "renew_updates": lambda: inbox.renew_updates(services, BOT_ID, [1, 2, 3], holder),
        "release_updates": lambda: inbox.release_updates(services, holder),
        "release_dead_holders": lambda: inbox.release_dead_holders(services, BOT_ID),
        "release_dead_worker": lambda: release_dead_worker(services.database, WORKER, services.clock()),
    }


def claim_everything(services: Services) -> None:
    """Claim one row of each kind, as a worker does after every wake-up."""
    for kind in KINDS:
        with services.database.upkeep() as session:
            work_queue.claim_next(
                session,
                kind.model,
                WORKER,
                services.clock(),
                kind.lease,
                kind=kind.stored_kind,
                one_per_tenant=kind.one_per_tenant,
            )


def renew_leases(services: Services) -> None:
    keeper = LeaseKeeper(services.database, services.clock, WORKER, "documents")
    with keeper.hold(Document, f"{1:016x}", 2):
        keeper.renew()
        keeper.give_back()


def find_positions(services: Services) -> None:
    """Count the documents ahead of one, as the list of a person who waits does."""
    with services.database.upkeep(reading=True) as session:
        work_queue.count_waiting_before(session, services.clock() - timedelta(days=1))
