"""Tenants by the id of their Telegram user."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from db.models import Tenant


def find_tenant(session: Session, telegram_id: int) -> Tenant | None:
    return session.scalars(select(Tenant).where(Tenant.telegram_id == telegram_id)).first()


def ensure_tenant(session: Session, telegram_id: int, language: str, now: datetime) -> Tenant:
    """Return the tenant of a Telegram user, created if there is none, with this ``language`` and marked as reachable.

    Two first messages at the same time create one tenant.
    """
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    values = {"telegram_id": telegram_id, "language": language, "created_at": now}
    session.execute(insert(Tenant).values(**values).on_conflict_do_nothing(index_elements=["telegram_id"]))
    tenant = session.scalars(select(Tenant).where(Tenant.telegram_id == telegram_id)).one()
    tenant.language = language
    tenant.unreachable_at = None
    return tenant
