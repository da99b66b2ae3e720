"""Updates as they came in: kept once, claimed in order within a chat, ended. Needs a session opened for upkeep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session, aliased

from db.models import DEAD_LETTER, DONE, WAITING, InboxUpdate
from db.operations.claims import change

TAP = "callback_query"


class Place(NamedTuple):
    """An update with the attempts that were read: whoever claims it since has more of them."""

    bot_id: int
    update_id: int
    attempts: int


def keep_updates(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert what is not here yet; an update that was delivered before changes nothing."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    if rows:
        session.execute(insert(InboxUpdate).on_conflict_do_nothing(index_elements=["bot_id", "update_id"]), list(rows))


def list_claimable(session: Session, bot_id: int, now: datetime, limit: int) -> Sequence[InboxUpdate]:
    """The oldest waiting update of each chat, where nobody holds it and its time has come; taps before all others."""
    other = aliased(InboxUpdate)
    earlier = select(other.update_id).where(
        other.bot_id == InboxUpdate.bot_id,
        other.state == WAITING,
        other.ordering_key == InboxUpdate.ordering_key,
        other.update_id < InboxUpdate.update_id,
    )
    found = select(InboxUpdate).where(InboxUpdate.bot_id == bot_id, InboxUpdate.state == WAITING, InboxUpdate.due_at <= now)
    free = InboxUpdate.lease_until.is_(None) | (InboxUpdate.lease_until < now)
    order = (case((InboxUpdate.payload[TAP].as_string().is_not(None), 0), else_=1), InboxUpdate.update_id)
    return session.scalars(found.where(free, ~earlier.exists()).order_by(*order).limit(limit)).all()


def claim_update(session: Session, place: Place, holder: str, now: datetime, lease: timedelta) -> bool:
    """Take it for ``lease``, the attempt counted before it begins; False where another was quicker."""
    free = InboxUpdate.lease_until.is_(None) | (InboxUpdate.lease_until < now)
    values: dict[str, Any] = {"attempts": InboxUpdate.attempts + 1, "holder": holder, "lease_until": now + lease}
    return change(session, update(InboxUpdate).where(is_seen(place), free).values(**values)) == 1


def finish_update(session: Session, place: Place, now: datetime) -> bool:
    """Done: only its number stays, so that a second delivery is noticed. False where another holds it now."""
    values: dict[str, Any] = {"state": DONE, "payload": {}, "holder": None, "lease_until": None, "finished_at": now}
    return change(session, update(InboxUpdate).where(is_seen(place)).values(**values)) == 1


def put_update_back(session: Session, place: Place, due_at: datetime, *, counted: bool) -> bool:
    """Let it wait until ``due_at``; ``counted`` false takes the attempt back (nobody's fault)."""
    values: dict[str, Any] = {"holder": None, "lease_until": None, "due_at": due_at}
    if not counted:
        values["attempts"] = InboxUpdate.attempts - 1
    return change(session, update(InboxUpdate).where(is_seen(place)).values(**values)) == 1


def move_to_dead_letters(session: Session, place: Place, now: datetime) -> bool:
    """Out of the way of its chat, kept for whoever looks into it."""
    values = {"state": DEAD_LETTER, "holder": None, "lease_until": None, "finished_at": now}
    return change(session, update(InboxUpdate).where(is_seen(place)).values(**values)) == 1


def renew_updates(session: Session, bot_id: int, update_ids: Sequence[int], holder: str, until: datetime) -> None:
    held = (InboxUpdate.bot_id == bot_id) & InboxUpdate.update_id.in_(update_ids) & (InboxUpdate.holder == holder)
    change(session, update(InboxUpdate).where(held, InboxUpdate.state == WAITING).values(lease_until=until))


def list_holders(session: Session, bot_id: int) -> Sequence[str]:
    held = (InboxUpdate.bot_id == bot_id) & (InboxUpdate.state == WAITING)
    holders = session.scalars(select(InboxUpdate.holder).where(held, InboxUpdate.holder.is_not(None)).distinct()).all()
    return [holder for holder in holders if holder]


def release_holder(session: Session, holder: str) -> int:
    """What a dead process held may be taken at once; its attempts stay counted."""
    held = (InboxUpdate.holder == holder) & (InboxUpdate.state == WAITING)
    return change(session, update(InboxUpdate).where(held).values(holder=None, lease_until=None))


def count_updates(session: Session, state: str, before: datetime | None = None) -> int:
    """How many stand like this, of those that came ``before``."""
    counted = select(func.count()).select_from(InboxUpdate).where(InboxUpdate.state == state)
    return session.scalars(counted.where(InboxUpdate.received_at < before) if before else counted).one()


def forget_ordering_key(session: Session, ordering_key: int) -> None:
    """What was set aside goes; of what was handled its number stays, which says nothing of anybody."""
    session.execute(delete(InboxUpdate).where(InboxUpdate.ordering_key == ordering_key, InboxUpdate.state == DEAD_LETTER))
    handled = (InboxUpdate.ordering_key == ordering_key) & (InboxUpdate.state == DONE)
    change(session, update(InboxUpdate).where(handled).values(ordering_key=0))


def count_ended(session: Session, ordering_key: int) -> int:
    ended = select(func.count()).select_from(InboxUpdate).where(InboxUpdate.ordering_key == ordering_key, InboxUpdate.state != WAITING)
    return session.scalars(ended).one()


def drop_ended_updates(session: Session, state: str, before: datetime) -> None:
    session.execute(delete(InboxUpdate).where(InboxUpdate.state == state, InboxUpdate.finished_at < before))


def is_seen(place: Place) -> ColumnElement[bool]:
    """Still as it was read: waiting, and claimed by nobody since."""
    same = (InboxUpdate.bot_id == place.bot_id) & (InboxUpdate.update_id == place.update_id)
    return same & (InboxUpdate.attempts == place.attempts) & (InboxUpdate.state == WAITING)
