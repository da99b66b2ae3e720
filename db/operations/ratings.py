"""A tenant's ratings of answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Rating


def find_rating(session: Session, tenant_id: int, question_id: str) -> Rating | None:
    mine = (Rating.tenant_id == tenant_id) & (Rating.question_id == question_id)
    return session.scalars(select(Rating).where(mine)).first()


def put_rating(session: Session, tenant_id: int, question_id: str, good: bool, now: datetime) -> None:
    """Store the rating of an answer; an earlier one is replaced."""
    rating = find_rating(session, tenant_id, question_id)
    if rating is None:
        session.add(Rating(tenant_id=tenant_id, question_id=question_id, good=good, created_at=now))
    else:
        rating.good = good
