"""The inbox of updates: each is stored once, and those of one chat are claimed in order. Needs a session for upkeep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session, aliased

from db.models import InboxUpdate
from db.operations.claims import change
from db.states import UpdateState

LONGEST_PROBLEM = 200


class SeenUpdate(NamedTuple):
    """The key and the attempts of an update when it was read.

    Each claim raises ``attempts``, so a write that names an earlier number changes nothing.
    """

    bot_id: int
    update_id: int
    attempts: int


def store_updates(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the updates that are not stored yet."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    if rows:
        session.execute(insert(InboxUpdate).on_conflict_do_nothing(index_elements=["bot_id", "update_id"]), list(rows))


def list_claimable(
    session: Session, bot_id: int, now: datetime, limit: int, attempts: tuple[int, int], in_work: Sequence[int] = ()
) -> Sequence[InboxUpdate]:
    """Return the oldest waiting update of each chat, if no process holds it and it is due. Button taps come first.

    ``attempts`` are the least and the most that an update may have had. Updates with an id in ``in_work`` are left out.
    """
    found = select(InboxUpdate).where(
        InboxUpdate.bot_id == bot_id,
        InboxUpdate.state == UpdateState.WAITING,
        InboxUpdate.due_at <= now,
        InboxUpdate.attempts.between(*attempts),
        InboxUpdate.update_id.not_in(in_work),
    )
    free = InboxUpdate.lease_until.is_(None) | (InboxUpdate.lease_until < now)
    order = (InboxUpdate.is_tap.desc(), InboxUpdate.update_id)
    return session.scalars(found.where(free, ~follows_another()).order_by(*order).limit(limit)).all()


def claim_update(session: Session, seen: SeenUpdate, holder: str, now: datetime, lease: timedelta) -> bool:
    """Claim the update for ``lease`` and count the attempt. Return False if another process was faster."""
    free = InboxUpdate.lease_until.is_(None) | (InboxUpdate.lease_until < now)
    values: dict[str, Any] = {"attempts": InboxUpdate.attempts + 1, "holder": holder, "lease_until": now + lease}
    return change(session, update(InboxUpdate).where(is_unchanged(seen), free).values(**values)) == 1


def finish_update(session: Session, seen: SeenUpdate, now: datetime) -> bool:
    """Mark the update as handled and empty its text; its id is kept to notice a second delivery.

    Return False if another process holds the update now.
    """
    values: dict[str, Any] = {
        "state": UpdateState.DONE,
        "raw": "",
        "holder": None,
        "lease_until": None,
        "finished_at": now,
    }
    return change(session, update(InboxUpdate).where(is_unchanged(seen)).values(**values)) == 1


def put_update_back(session: Session, seen: SeenUpdate, due_at: datetime, *, counted: bool) -> bool:
    """Let the update wait until ``due_at``. Unless ``counted``, the attempt is taken back.

    Return False if another process holds the update now.
    """
    values: dict[str, Any] = {"holder": None, "lease_until": None, "due_at": due_at}
    if not counted:
        values["attempts"] = InboxUpdate.attempts - 1
    return change(session, update(InboxUpdate).where(is_unchanged(seen)).values(**values)) == 1


def move_to_dead_letters(session: Session, seen: SeenUpdate, now: datetime, problem: str = "") -> bool:
    """Mark the update as a dead letter: it is kept for operators, and the next update of its chat is handled.

    Return False if another process holds the update now.
    """
    values: dict[str, Any] = {"state": UpdateState.DEAD_LETTER, "holder": None, "lease_until": None}
    values |= {"finished_at": now, "problem": problem[:LONGEST_PROBLEM] or None}
    return change(session, update(InboxUpdate).where(is_unchanged(seen)).values(**values)) == 1


def renew_updates(session: Session, bot_id: int, update_ids: Sequence[int], holder: str, until: datetime) -> None:
    """Extend the leases of the updates that ``holder`` still has."""
    held = (InboxUpdate.bot_id == bot_id) & InboxUpdate.update_id.in_(update_ids) & (InboxUpdate.holder == holder)
    change(session, update(InboxUpdate).where(held, InboxUpdate.state == UpdateState.WAITING).values(lease_until=until))


def list_holders(session: Session, bot_id: int) -> Sequence[str]:
    """Return the names of the processes that hold updates."""
    held = (InboxUpdate.bot_id == bot_id) & (InboxUpdate.state == UpdateState.WAITING)
    holders = session.scalars(select(InboxUpdate.holder).where(held, InboxUpdate.holder.is_not(None)).distinct()).all()
    return [holder for holder in holders if holder]


def release_holder(session: Session, holder: str, *, counted: bool) -> int:
    """Release the updates that a process holds and return their number. Unless ``counted``, the attempt counts not."""
    held = (InboxUpdate.holder == holder) & (InboxUpdate.state == UpdateState.WAITING)
    attempts = InboxUpdate.attempts - (0 if counted else 1)
    return change(session, update(InboxUpdate).where(held).values(holder=None, lease_until=None, attempts=attempts))


def count_updates(session: Session, state: str, before: datetime | None = None) -> int:
    """Return the number of updates in a state; with ``before``, only those received before that time."""
    counted = select(func.count()).select_from(InboxUpdate).where(InboxUpdate.state == state)
    return session.scalars(counted.where(InboxUpdate.received_at < before) if before else counted).one()


def count_late(session: Session, before: datetime) -> int:
    """Return the number of updates that nobody holds although they were due before ``before``.

    An update behind an earlier one of its chat counts only if that one is late, too.
    """
    free = InboxUpdate.lease_until.is_(None) | (InboxUpdate.lease_until < before)
    late = (InboxUpdate.state == UpdateState.WAITING) & (InboxUpdate.due_at < before) & free
    return session.scalars(select(func.count()).select_from(InboxUpdate).where(late, ~follows_another())).one()


def forget_ordering_key(session: Session, ordering_key: int) -> None:
    """Delete the dead letters of a chat and remove the chat from its handled updates."""
    session.execute(
        delete(InboxUpdate).where(
            InboxUpdate.ordering_key == ordering_key, InboxUpdate.state == UpdateState.DEAD_LETTER
        )
    )
    handled = (InboxUpdate.ordering_key == ordering_key) & (InboxUpdate.state == UpdateState.DONE)
    change(session, update(InboxUpdate).where(handled).values(ordering_key=0))


def count_ended(session: Session, ordering_key: int) -> int:
    """Return the number of handled updates and dead letters of a chat."""
    ended = (
        select(func.count())
        .select_from(InboxUpdate)
        .where(InboxUpdate.ordering_key == ordering_key, InboxUpdate.state != UpdateState.WAITING)
    )
    return session.scalars(ended).one()


def drop_ended_updates(session: Session, state: str, before: datetime) -> None:
    """Delete the updates in ``state`` that ended before ``before``."""
    session.execute(delete(InboxUpdate).where(InboxUpdate.state == state, InboxUpdate.finished_at < before))


def follows_another() -> ColumnElement[bool]:
    """Return the condition that an earlier update of the same chat is not handled yet."""
    other = aliased(InboxUpdate)
    earlier = select(other.update_id).where(
        other.bot_id == InboxUpdate.bot_id,
        other.state == UpdateState.WAITING,
        other.ordering_key == InboxUpdate.ordering_key,
        other.update_id < InboxUpdate.update_id,
    )
    return earlier.exists()


def is_unchanged(seen: SeenUpdate) -> ColumnElement[bool]:
    """Return the condition that the row is still as it was read: waiting, and not claimed since."""
    same = (InboxUpdate.bot_id == seen.bot_id) & (InboxUpdate.update_id == seen.update_id)
    return same & (InboxUpdate.attempts == seen.attempts) & (InboxUpdate.state == UpdateState.WAITING)
