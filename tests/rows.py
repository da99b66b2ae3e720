"""Counts rows for which no use case exists, and lists files without a row."""

from __future__ import annotations

from db.engine import Database
from db.operations.upkeep import updates
from db.states import UpdateState
from processing.maintenance.garbage import iterate_unreferenced
from processing.services import Services


def count_dead_letters(database: Database) -> int:
    with database.upkeep(reading=True) as session:
        return updates.count_updates(session, UpdateState.DEAD_LETTER)


def list_unreferenced(services: Services) -> set[str]:
    """The prefixes of stored files to which no row refers."""
    return {prefix for page in iterate_unreferenced(services) for prefix in page}


def release_dead(services: Services, holder: str) -> int:
    """Release the updates of a process that is dead, as a machine does for its own: their attempts stay counted."""
    with services.database.upkeep() as session:
        return updates.release_holder(session, holder, counted=True)
