"""Deletes records that have been kept long enough; ``db/lifetimes.py`` lists how long each table keeps its rows."""

from __future__ import annotations

from datetime import timedelta

from db.operations.upkeep import alerts, garbage, leases, stats
from processing.services import Services

RATINGS_KEPT = timedelta(days=365)
USAGE_KEPT = timedelta(days=90)
DAYS_OF_STATISTICS = timedelta(days=400)
ALERTS_KEPT = timedelta(days=30)
LEASES_KEPT = timedelta(days=1)
# Rows that one statement deletes at most, so that it takes milliseconds. What is left is deleted in the next round.
ROWS_AT_ONCE = 1000


def drop_expired(services: Services) -> None:
    """Delete old ratings, usage, alerts and leases, and add up old statistics."""
    now = services.clock()
    with services.database.upkeep() as session:
        garbage.drop_old_ratings(session, now - RATINGS_KEPT, ROWS_AT_ONCE)
        garbage.drop_old_usage(session, (now - USAGE_KEPT).date(), ROWS_AT_ONCE)
        stats.add_up_old_stats(session, (now - DAYS_OF_STATISTICS).date())
        alerts.drop_settled_alerts(session, now - ALERTS_KEPT)
        leases.drop_old_leases(session, now - LEASES_KEPT)
