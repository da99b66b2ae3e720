"""The state of each health check that administrators were told last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from db.models import (
    Alert,
)
from db.operations.claims import change


def change_alert(session: Session, name: str, state: str, now: datetime) -> bool:
    """Note how a check stands; True where that is news. A check never spoken of stands as well."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    fresh = insert(Alert).values(name=name, state="well", changed_at=now)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
    news = (Alert.name == name) & (Alert.state != state)
    return change(session, update(Alert).where(news).values(state=state, changed_at=now)) == 1
