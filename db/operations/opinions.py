"""What a tenant thinks of answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Opinion


def find_opinion(session: Session, tenant_id: int, question_id: str) -> Opinion | None:
    mine = (Opinion.tenant_id == tenant_id) & (Opinion.question_id == question_id)
    return session.scalars(select(Opinion).where(mine)).first()


def put_opinion(session: Session, tenant_id: int, question_id: str, good: bool, now: datetime) -> None:
    """The newest counts."""
    opinion = find_opinion(session, tenant_id, question_id)
    if opinion is None:
        session.add(Opinion(tenant_id=tenant_id, question_id=question_id, good=good, created_at=now))
    else:
        opinion.good = good
