"""Which process says that something is not well: one for every change, over all of them."""

from __future__ import annotations

from db.operations.upkeep import alerts
from processing.services import Services

FAILING, WELL = "failing", "well"


def claim_alert(services: Services, name: str, state: str) -> bool:
    """True for the one process that notes the change first; False where it is noted already."""
    with services.database.upkeep() as session:
        return alerts.change_alert(session, name, state, services.clock())
