"""The states of health checks that administrators were told last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
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
