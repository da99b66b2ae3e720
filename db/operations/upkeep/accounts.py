"""Tenants by the id of their Telegram user."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from db.models import OutboxMessage, Tenant
from db.states import OutboxState

# Every program reads numbers up to this one exactly.
LARGEST_ID = 2**53 - 1


def find_tenant(session: Session, telegram_id: int) -> Tenant | None:
    return session.scalars(select(Tenant).where(Tenant.telegram_id == telegram_id)).first()


def ensure_tenant(session: Session, telegram_id: int, language: str, now: datetime) -> Tenant:
    """Return the tenant of a Telegram user, created if there is none, with this ``language``.

    It is marked as reachable unless messages are kept until the person comes back.

    Two first messages at the same time create one tenant. No tenant gets the id of one that was deleted: what still
    runs for that one must not reach another person's data.
    """
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = insert_postgresql if is_postgresql else insert_sqlite
    values: dict[str, Any] = {"telegram_id": telegram_id, "language": language, "created_at": now}
    if not is_postgresql:
        # SQLite would give the highest id again once its row is deleted.
        values["id"] = 1 + secrets.randbelow(LARGEST_ID)
    session.execute(insert(Tenant).values(**values).on_conflict_do_nothing(index_elements=["telegram_id"]))
    tenant = session.scalars(select(Tenant).where(Tenant.telegram_id == telegram_id)).one()
    tenant.language = language
    kept = (OutboxMessage.tenant_id == tenant.id) & (OutboxMessage.state == OutboxState.UNREACHABLE)
    if session.scalars(select(OutboxMessage.id).where(kept).limit(1)).first() is None:
        # Another bot may still keep messages until the person writes to it.
        tenant.unreachable_at = None
    return tenant
