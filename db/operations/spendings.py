"""What a tenant's answers take of the language model, by day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.models import Spending
from db.operations.claims import change


def get_tokens(session: Session, tenant_id: int, day: date) -> int:
    """Read and written together."""
    spent = select(Spending).where(Spending.tenant_id == tenant_id, Spending.day == day)
    found = session.scalars(spent).first()
    return found.tokens_in + found.tokens_out if found else 0


def add_spending(session: Session, tenant_id: int, day: date, tokens_in: int, tokens_out: int, seconds: float) -> None:
    """One answer more; two workers at once add up."""
    figures = {"answers": 1, "tokens_in": tokens_in, "tokens_out": tokens_out, "seconds": seconds}
    mine = (Spending.tenant_id == tenant_id) & (Spending.day == day)
    more = (
        update(Spending).where(mine).values({name: getattr(Spending, name) + value for name, value in figures.items()})
    )
    if change(session, more):
        return
    try:
        with session.begin_nested():
            session.add(Spending(tenant_id=tenant_id, day=day, **figures))
    except IntegrityError:
        # Another worker was the first of the day.
        change(session, more)
