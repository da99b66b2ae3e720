"""Counts rows for which no use case exists."""

from __future__ import annotations

from db.engine import Database
from db.operations.upkeep import updates
from db.states import UpdateState


def count_dead_letters(database: Database) -> int:
    with database.upkeep(reading=True) as session:
        return updates.count_updates(session, UpdateState.DEAD_LETTER)
