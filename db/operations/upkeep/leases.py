"""Leases of those parts of upkeep for which one process is enough."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from db.models import UpkeepLease
from db.operations.claims import change


def hold_lease(session: Session, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take or renew the lease until ``until``. Return False if another process holds it."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    first = insert(UpkeepLease).values(name=name, holder=holder, lease_until=until)
    free = (UpkeepLease.holder == holder) | (UpkeepLease.lease_until < now)
    taken = first.on_conflict_do_update(
        index_elements=["name"], set_={"holder": holder, "lease_until": until}, where=free
    )
    return change(session, taken) == 1


def drop_old_leases(session: Session, before: datetime) -> None:
    """Delete the leases that ended before ``before``."""
    session.execute(delete(UpkeepLease).where(UpkeepLease.lease_until < before))
