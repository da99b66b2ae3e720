"""The inbox: updates are stored before they are confirmed to Telegram, and end as handled or as dead letters."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import DataError, StatementError
from sqlalchemy.orm import Session

from db.models import InboxUpdate
from db.operations.upkeep import updates
from db.operations.upkeep.updates import SeenUpdate
from db.states import UpdateState
from errors import TransientFailure
from processing.jobs.raw_updates import NO_CHAT, Arrival
from processing.runtime.retry import retry_transient
from processing.services import Services

LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 3
# An update that had so many attempts at most has another one after the next.
BEFORE_LAST = MAX_ATTEMPTS - 2
MOST_COUNTED = 2**31 - 1
# Telegram delivers an update again for at most a day. The id of a handled update is kept longer, to notice that.
HANDLED_KEPT = timedelta(days=2)
DEAD_LETTERS_KEPT = timedelta(days=14)
# What Python and the databases raise for values that they can't hold; another attempt ends the same way.
HOPELESS = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RecursionError, DataError
)  # fmt: skip
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClaimedUpdate:
    """A claimed update; ``attempts`` counts the one that begins now."""

    seen: SeenUpdate
    raw: str
    received_at: datetime

    @property
    def update_id(self) -> int:
        return self.seen.update_id

    @property
    def attempts(self) -> int:
        return self.seen.attempts

    @property
    def is_suspect(self) -> bool:
        """Whether this is the last attempt that is made, or one too many, which ends the update as a dead letter."""
        return self.attempts > BEFORE_LAST + 1


def store_updates(services: Services, bot_id: int, arrivals: Sequence[Arrival]) -> None:
    """Commit the updates, so that they can be confirmed to Telegram; those that are stored already are skipped.

    An update with a problem is stored as a dead letter. If the database refuses one of them for what is in it, the
    others are stored, and this one as a dead letter without its text. Raise what else keeps them from being stored.
    """
    now = services.clock()
    try:
        write_arrivals(services, bot_id, arrivals, now)
    except TransientFailure:
        raise
    except Exception as error:
        log.warning("updates_refused", extra={"count": len(arrivals), "error": type(error).__name__}, exc_info=error)
        for arrival in arrivals:
            write_or_replace(services, bot_id, arrival, now)
    for arrival in arrivals:
        if arrival.problem:
            log.error("update_stored_as_dead_letter", extra={"update": arrival.update_id, "problem": arrival.problem})


def write_or_replace(services: Services, bot_id: int, arrival: Arrival, now: datetime) -> None:
    """Store the update, or a dead letter without its text if the database refuses it."""
    try:
        write_arrivals(services, bot_id, [arrival], now)
    except TransientFailure:
        raise
    except Exception as error:
        problem = f"not stored: {type(error).__name__}"
        write_arrivals(services, bot_id, [Arrival(arrival.update_id, NO_CHAT, "", problem=problem)], now)
        log.error("update_stored_as_dead_letter", extra={"update": arrival.update_id, "problem": problem})


def write_arrivals(services: Services, bot_id: int, arrivals: Sequence[Arrival], now: datetime) -> None:
    with services.database.upkeep() as session:
        updates.store_updates(session, [describe_row(bot_id, arrival, now) for arrival in arrivals])


def describe_row(bot_id: int, arrival: Arrival, now: datetime) -> dict[str, Any]:
    dead = arrival.problem is not None
    return {
        "bot_id": bot_id,
        "update_id": arrival.update_id,
        "ordering_key": arrival.ordering_key,
        "raw": arrival.raw,
        "is_tap": arrival.is_tap,
        "state": UpdateState.DEAD_LETTER if dead else UpdateState.WAITING,
        "attempts": 0,
        "due_at": now,
        "received_at": now,
        "finished_at": now if dead else None,
        "problem": arrival.problem,
    }


def claim_updates(
    services: Services,
    bot_id: int,
    holder: str,
    limit: int,
    taps: int = 0,
    *,
    suspects: bool = True,
    in_work: Sequence[int] = (),
) -> list[ClaimedUpdate]:
    """Claim the next update of each free chat: at most ``limit``, and beyond that at most ``taps`` button taps.

    ``in_work`` are the ids of updates that the holder is handling. After it was frozen, their leases may be over, and
    it must not begin them a second time.

    With ``suspects``, one of the updates that have a single attempt left comes beyond that. They may be what ended this
    process; no two of them are in work together, so an update that does costs none of the others their last attempt.
    """
    now = services.clock()
    with services.database.upkeep(reading=True) as session:
        if not updates.list_claimable(session, bot_id, now, 1, (0, MOST_COUNTED if suspects else BEFORE_LAST), in_work):
            return []
    with services.database.upkeep() as session:
        others = updates.list_claimable(session, bot_id, now, limit + taps, (0, BEFORE_LAST), in_work)
        taken = claim_rows(session, others, holder, now, limit)
        if suspects:
            suspect = updates.list_claimable(session, bot_id, now, 1, (BEFORE_LAST + 1, MOST_COUNTED), in_work)
            taken += claim_rows(session, suspect, holder, now, 1)
        return taken


def claim_rows(
    session: Session, rows: Sequence[InboxUpdate], holder: str, now: datetime, limit: int
) -> list[ClaimedUpdate]:
    """Claim the rows that are still free; after ``limit`` of them only button taps."""
    taken: list[ClaimedUpdate] = []
    for row in rows:
        if len(taken) >= limit and not row.is_tap:
            break
        seen = SeenUpdate(row.bot_id, row.update_id, row.attempts)
        if updates.claim_update(session, seen, holder, now, LEASE):
            taken.append(ClaimedUpdate(seen._replace(attempts=row.attempts + 1), row.raw, row.received_at))
    return taken


def finish_updates(services: Services, handled: Sequence[ClaimedUpdate]) -> None:
    """Mark updates as handled, all in one commit. An update that another process has claimed meanwhile is skipped."""
    now = services.clock()

    def write() -> None:
        with services.database.upkeep() as session:
            for claimed in handled:
                updates.finish_update(session, claimed.seen, now)

    retry_transient(write)


def put_update_back(services: Services, claimed: ClaimedUpdate, pause: timedelta, *, counted: bool = True) -> None:
    """Let the update be handled again after ``pause``. Unless ``counted``, the attempt is taken back."""
    with services.database.upkeep() as session:
        updates.put_update_back(session, claimed.seen, services.clock() + pause, counted=counted)


def move_to_dead_letters(services: Services, claimed: ClaimedUpdate, problem: str = "") -> bool:
    """Make the update a dead letter. Return False if another process has claimed it meanwhile and decides about it."""
    with services.database.upkeep() as session:
        return updates.move_to_dead_letters(session, claimed.seen, services.clock(), problem)


def is_hopeless(error: Exception) -> bool:
    """Return True if the error comes from what is in the update: a pause before another attempt is of little use."""
    cause = error.orig if isinstance(error, StatementError) else None
    return isinstance(error, HOPELESS) or isinstance(cause, HOPELESS)


def renew_updates(services: Services, bot_id: int, update_ids: Sequence[int], holder: str) -> None:
    """Extend the leases of the updates that ``holder`` is handling."""
    with services.database.upkeep() as session:
        updates.renew_updates(session, bot_id, update_ids, holder, services.clock() + LEASE)


def release_updates(services: Services, holder: str) -> None:
    """Put the updates back that ``holder`` has claimed, because its process stops; their attempts are not counted."""
    with services.database.upkeep() as session:
        updates.release_holder(session, holder, counted=False)


def release_dead_holders(services: Services, bot_id: int) -> int:
    """Release the updates that dead processes of this machine had claimed, and return their number.

    Updates that processes of other machines had claimed are free when their leases expire.
    """
    with services.database.upkeep() as session:
        holders = updates.list_holders(session, bot_id)
        return sum(updates.release_holder(session, holder, counted=True) for holder in holders if is_dead(holder))


def drop_ended_updates(services: Services) -> None:
    """Delete the ids of handled updates and the dead letters that have been kept long enough."""
    now = services.clock()
    with services.database.upkeep() as session:
        updates.drop_ended_updates(session, UpdateState.DONE, now - HANDLED_KEPT)
        updates.drop_ended_updates(session, UpdateState.DEAD_LETTER, now - DEAD_LETTERS_KEPT)


def name_holder() -> str:
    """Return the name of this process, ``host:pid``, by which others on this machine can tell whether it lives."""
    return f"{socket.gethostname()[-50:]}:{os.getpid()}"


def is_dead(holder: str) -> bool:
    """Return True if the process ran on this machine and has ended, or had the pid that this process has now."""
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
