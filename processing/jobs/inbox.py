"""The inbox: updates are kept before they are confirmed, and leave it handled or set aside."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from db.models import DEAD_LETTER, DONE, WAITING
from db.operations.upkeep import updates
from db.operations.upkeep.updates import Place
from processing.jobs.retry import retry_transient
from processing.services import Services

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 3
PAUSES = (timedelta(seconds=1), timedelta(seconds=5))
# Telegram delivers again for at most a day.
NUMBERS_KEPT = timedelta(days=2)
DEAD_LETTERS_KEPT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One update as Telegram gave it; ``lane`` is the chat within which order counts."""

    update_id: int
    ordering_key: int
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claimed:
    """An update in hand; ``attempts`` counts the one that begins now."""

    place: Place
    payload: dict[str, Any]
    received_at: datetime

    @property
    def update_id(self) -> int:
        return self.place.update_id

    @property
    def attempts(self) -> int:
        return self.place.attempts


def keep_updates(services: Services, bot_id: int, arrivals: Sequence[Arrival]) -> None:
    """Commit them; from here on Telegram may forget them. One that was here before is not kept twice."""
    now = services.clock()
    rows = [
        {
            "bot_id": bot_id,
            "update_id": arrival.update_id,
            "lane": arrival.ordering_key,
            "payload": arrival.payload,
            "state": WAITING,
            "attempts": 0,
            "due_at": now,
            "received_at": now,
        }
        for arrival in arrivals
    ]
    with services.database.upkeep() as session:
        updates.keep_updates(session, rows)


def take_updates(services: Services, bot_id: int, holder: str, limit: int, taps: int = 0) -> list[Claimed]:
    """Claim the next update of each chat that is free: at most ``limit``, and beyond it as many ``taps``."""
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        if not updates.list_claimable(session, bot_id, now, 1):
            return []
    taken: list[Claimed] = []
    with services.database.upkeep() as session:
        for row in updates.list_claimable(session, bot_id, now, limit + taps):
            if len(taken) >= limit and updates.TAP not in row.payload:
                break
            if updates.claim_update(session, Place(bot_id, row.update_id, row.attempts), holder, now, LEASE):
                place = Place(bot_id, row.update_id, row.attempts + 1)
                taken.append(Claimed(place, row.payload, row.received_at))
    return taken


def finish_updates(services: Services, handled: Sequence[Claimed]) -> None:
    """All in one commit: the sooner it stands, the less a kill repeats. What is not written down is handled again."""
    now = services.clock()

    def write() -> None:
        with services.database.upkeep() as session:
            for claimed in handled:
                updates.finish_update(session, claimed.place, now)

    retry_transient(write)


def put_update_back(services: Services, claimed: Claimed, pause: timedelta, *, counted: bool = True) -> None:
    with services.database.upkeep() as session:
        updates.put_update_back(session, claimed.place, services.clock() + pause, counted=counted)


def move_to_dead_letters(services: Services, claimed: Claimed) -> bool:
    """False where another process has it meanwhile, and the word is that one's."""
    with services.database.upkeep() as session:
        return updates.move_to_dead_letters(session, claimed.place, services.clock())


def renew_updates(services: Services, bot_id: int, update_ids: Sequence[int], holder: str) -> None:
    with services.database.upkeep() as session:
        updates.renew_updates(session, bot_id, update_ids, holder, services.clock() + LEASE)


def release_updates(services: Services, holder: str) -> None:
    """Give back what ``holder`` has in hand: at its end, so that nobody waits for the lease."""
    with services.database.upkeep() as session:
        updates.release_holder(session, holder)


def release_dead(services: Services, bot_id: int) -> int:
    """Free at once what processes of this machine held that live no more; others are waited for by lease."""
    with services.database.upkeep() as session:
        holders = updates.list_holders(session, bot_id)
        return sum(updates.release_holder(session, holder) for holder in holders if is_dead(holder))


def drop_ended(services: Services) -> None:
    now = services.clock()
    with services.database.upkeep() as session:
        updates.drop_ended_updates(session, DONE, now - NUMBERS_KEPT)
        updates.drop_ended_updates(session, DEAD_LETTER, now - DEAD_LETTERS_KEPT)


def count_dead_letters(services: Services) -> int:
    with services.database.upkeep(reading=True) as session:
        return updates.count_updates(session, DEAD_LETTER)


def name_holder() -> str:
    """This process, so that another on the same machine can see whether it lives."""
    return f"{socket.gethostname()[-50:]}:{os.getpid()}"


def is_dead(holder: str) -> bool:
    """True only for a process of this machine that is gone for certain, also an earlier one under our own number."""
    host, _, number = holder.rpartition(":")
    if holder == name_holder():
        return True
    if host != socket.gethostname()[-50:] or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
