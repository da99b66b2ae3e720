"""Updates as they came in: kept once, claimed in order within a chat, ended. Needs a session opened for upkeep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session, aliased

from db.models import ASIDE, DONE, WAITING, Incoming
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
        session.execute(insert(Incoming).on_conflict_do_nothing(index_elements=["bot_id", "update_id"]), list(rows))


def list_claimable(session: Session, bot_id: int, now: datetime, limit: int) -> Sequence[Incoming]:
    """The oldest waiting update of each chat, where nobody holds it and its time has come; taps before all others."""
    other = aliased(Incoming)
    earlier = select(other.update_id).where(
        other.bot_id == Incoming.bot_id,
        other.state == WAITING,
        other.lane == Incoming.lane,
        other.update_id < Incoming.update_id,
    )
    found = select(Incoming).where(Incoming.bot_id == bot_id, Incoming.state == WAITING, Incoming.due_at <= now)
    free = Incoming.lease_until.is_(None) | (Incoming.lease_until < now)
    order = (case((Incoming.payload[TAP].as_string().is_not(None), 0), else_=1), Incoming.update_id)
    return session.scalars(found.where(free, ~earlier.exists()).order_by(*order).limit(limit)).all()


def claim_update(session: Session, place: Place, holder: str, now: datetime, lease: timedelta) -> bool:
    """Take it for ``lease``, the attempt counted before it begins; False where another was quicker."""
    free = Incoming.lease_until.is_(None) | (Incoming.lease_until < now)
    values: dict[str, Any] = {"attempts": Incoming.attempts + 1, "holder": holder, "lease_until": now + lease}
    return change(session, update(Incoming).where(is_seen(place), free).values(**values)) == 1


def finish_update(session: Session, place: Place, now: datetime) -> bool:
    """Done: only its number stays, so that a second delivery is noticed. False where another holds it now."""
    values: dict[str, Any] = {"state": DONE, "payload": {}, "holder": None, "lease_until": None, "finished_at": now}
    return change(session, update(Incoming).where(is_seen(place)).values(**values)) == 1


def put_update_back(session: Session, place: Place, due_at: datetime, *, counted: bool) -> bool:
    """Let it wait until ``due_at``; ``counted`` false takes the attempt back (nobody's fault)."""
    values: dict[str, Any] = {"holder": None, "lease_until": None, "due_at": due_at}
    if not counted:
        values["attempts"] = Incoming.attempts - 1
    return change(session, update(Incoming).where(is_seen(place)).values(**values)) == 1


def set_update_aside(session: Session, place: Place, now: datetime) -> bool:
    """Out of the way of its chat, kept for whoever looks into it."""
    values = {"state": ASIDE, "holder": None, "lease_until": None, "finished_at": now}
    return change(session, update(Incoming).where(is_seen(place)).values(**values)) == 1


def renew_updates(session: Session, bot_id: int, update_ids: Sequence[int], holder: str, until: datetime) -> None:
    held = (Incoming.bot_id == bot_id) & Incoming.update_id.in_(update_ids) & (Incoming.holder == holder)
    change(session, update(Incoming).where(held, Incoming.state == WAITING).values(lease_until=until))


def list_holders(session: Session, bot_id: int) -> Sequence[str]:
    held = (Incoming.bot_id == bot_id) & (Incoming.state == WAITING)
    holders = session.scalars(select(Incoming.holder).where(held, Incoming.holder.is_not(None)).distinct()).all()
    return [holder for holder in holders if holder]


def release_holder(session: Session, holder: str) -> int:
    """What a dead process held may be taken at once; its attempts stay counted."""
    held = (Incoming.holder == holder) & (Incoming.state == WAITING)
    return change(session, update(Incoming).where(held).values(holder=None, lease_until=None))


def count_updates(session: Session, state: str, before: datetime | None = None) -> int:
    """How many stand like this, of those that came ``before``."""
    counted = select(func.count()).select_from(Incoming).where(Incoming.state == state)
    return session.scalars(counted.where(Incoming.received_at < before) if before else counted).one()


def forget_lane(session: Session, lane: int) -> None:
    """What was set aside goes; of what was handled its number stays, which says nothing of anybody."""
    session.execute(delete(Incoming).where(Incoming.lane == lane, Incoming.state == ASIDE))
    handled = (Incoming.lane == lane) & (Incoming.state == DONE)
    change(session, update(Incoming).where(handled).values(lane=0))


def count_ended(session: Session, lane: int) -> int:
    ended = select(func.count()).select_from(Incoming).where(Incoming.lane == lane, Incoming.state != WAITING)
    return session.scalars(ended).one()


def drop_ended_updates(session: Session, state: str, before: datetime) -> None:
    session.execute(delete(Incoming).where(Incoming.state == state, Incoming.finished_at < before))


def is_seen(place: Place) -> ColumnElement[bool]:
    """Still as it was read: waiting, and claimed by nobody since."""
    same = (Incoming.bot_id == place.bot_id) & (Incoming.update_id == place.update_id)
    return same & (Incoming.attempts == place.attempts) & (Incoming.state == WAITING)
