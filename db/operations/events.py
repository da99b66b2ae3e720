"""What a tenant did lately, as far as rate limits count it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Event


def list_event_times(session: Session, tenant_id: int, kind: str, since: datetime, limit: int) -> Sequence[datetime]:
    """Return the times after ``since`` of the events of this kind, newest first, at most ``limit``."""
    recent = select(Event.at).where(Event.tenant_id == tenant_id, Event.kind == kind, Event.at > since)
    return session.scalars(recent.order_by(Event.at.desc()).limit(limit)).all()


def is_counted(session: Session, tenant_id: int, kind: str, event_id: str) -> bool:
    found = select(Event.id).where(Event.tenant_id == tenant_id, Event.kind == kind, Event.id == event_id)
    return session.scalars(found).first() is not None


def add_event(session: Session, tenant_id: int, kind: str, event_id: str, now: datetime) -> None:
    session.add(Event(tenant_id=tenant_id, kind=kind, id=event_id, at=now))
    session.flush()
