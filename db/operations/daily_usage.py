"""The usage of the language model by a tenant's answers, for each day (UTC)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import DailyUsage
from db.operations.claims import change


def get_tokens(session: Session, tenant_id: int, day: date) -> int:
    """Return the tokens of that day, of prompts and answers together."""
    usage = select(DailyUsage).where(DailyUsage.tenant_id == tenant_id, DailyUsage.day == day)
    found = session.scalars(usage).first()
    return found.tokens_in + found.tokens_out if found else 0


def add_usage(session: Session, tenant_id: int, day: date, tokens_in: int, tokens_out: int, seconds: float) -> None:
    """Add one answer with its tokens and seconds to the day. Two workers may do so at the same time."""
    figures = {"answers": 1, "tokens_in": tokens_in, "tokens_out": tokens_out, "seconds": seconds}
    mine = (DailyUsage.tenant_id == tenant_id) & (DailyUsage.day == day)
    more = (
        update(DailyUsage)
        .where(mine)
        .values({name: getattr(DailyUsage, name) + value for name, value in figures.items()})
    )
    if change(session, more):
        return
    try:
        with session.begin_nested():
            session.add(DailyUsage(tenant_id=tenant_id, day=day, **figures))
    except IntegrityError:
        # Another worker was the first of the day.
        change(session, more)
