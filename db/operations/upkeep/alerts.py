"""The states of health checks that administrators were told last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from db.models import Alert
from db.operations.claims import change
from db.states import AlertState


def change_alert(session: Session, name: str, state: str, now: datetime) -> bool:
    """Store the state of a check. Return True if that changed it; a check that is not stored yet was ``WELL``."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    first = insert(Alert).values(name=name, state=AlertState.WELL, changed_at=now)
    session.execute(first.on_conflict_do_nothing(index_elements=["name"]))
    changed = (Alert.name == name) & (Alert.state != state)
    return change(session, update(Alert).where(changed).values(state=state, changed_at=now)) == 1


def drop_settled_alerts(session: Session, before: datetime) -> None:
    """Delete the states of checks that have been ``WELL`` since before ``before``; a missing state means the same."""
    session.execute(delete(Alert).where(Alert.state == AlertState.WELL, Alert.changed_at < before))
