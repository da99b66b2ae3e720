"""Decides which process tells administrators that a health check has changed."""

from __future__ import annotations

from db.operations.upkeep import alerts
from processing.services import Services


def claim_alert(services: Services, name: str, state: str) -> bool:
    """Return True for the first process that records the change, False for all others."""
    with services.database.upkeep() as session:
        return alerts.change_alert(session, name, state, services.clock())
