"""Records are deleted once they have been kept long enough."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from db.engine import Database
from db.models import Alert, Base, DailyStats, DailyUsage, Rating, UpkeepLease
from db.operations import daily_usage, ratings
from db.operations.upkeep import alerts, leases, stats
from db.states import AlertState, State
from processing.maintenance import health
from processing.maintenance.retention import RATINGS_KEPT, USAGE_KEPT, drop_expired
from processing.services import Services
from tests.doubles import Clock
from tests.integration.people import People


def count(database: Database, model: type[Base]) -> int:
    with database.upkeep(reading=True) as session:
        return session.scalars(select(func.count()).select_from(model)).one()


def test_ratings_and_usage_are_kept_for_their_time(services: Services, people: People, clock: Clock) -> None:
    with services.database.tenant(people.alice) as session:
        ratings.put_rating(session, people.alice, "a" * 16, True, clock())
        daily_usage.add_usage(session, people.alice, clock().date(), 1, 1, 1.0)
    drop_expired(services)
    assert (count(services.database, Rating), count(services.database, DailyUsage)) == (1, 1)
    clock.pass_time(days=USAGE_KEPT.days + 1)
    drop_expired(services)
    assert (count(services.database, Rating), count(services.database, DailyUsage)) == (1, 0)
    clock.pass_time(days=RATINGS_KEPT.days)
    drop_expired(services)
    assert count(services.database, Rating) == 0


def test_old_statistics_are_added_up_without_changing_the_totals(services: Services, clock: Clock) -> None:
    with services.database.upkeep() as session:
        for days in (0, 500, 501):
            for _ in range(2):
                stats.add_daily_stats(session, (clock() - timedelta(days=days)).date(), State.READY, 3.0)
    before = health.get_totals(services)
    drop_expired(services)
    drop_expired(services)
    assert health.get_totals(services) == before
    with services.database.upkeep(reading=True) as session:
        days_left = {row.day: row.count for row in session.scalars(select(DailyStats))}
    assert days_left == {clock().date(): 2, date.min: 4}


def test_settled_alerts_and_old_leases_are_deleted(services: Services, clock: Clock) -> None:
    with services.database.upkeep() as session:
        for name, state in (("queue", AlertState.FAILING), ("storage", AlertState.FAILING)):
            alerts.change_alert(session, name, state, clock())
        alerts.change_alert(session, "queue", AlertState.WELL, clock())
        assert leases.hold_lease(session, "x", "here:1", clock(), clock())
    clock.pass_time(days=31)
    drop_expired(services)
    with services.database.upkeep(reading=True) as session:
        assert list(session.scalars(select(Alert.name))) == ["storage"]
    assert count(services.database, UpkeepLease) == 0


def test_lease_is_held_by_one_process_until_it_ends(services: Services, clock: Clock) -> None:
    def hold(holder: str) -> bool:
        with services.database.upkeep() as session:
            return leases.hold_lease(session, "x", holder, clock(), clock() + timedelta(minutes=1))

    assert hold("here:1") and hold("here:1") and not hold("here:2")
    clock.pass_time(minutes=1, seconds=1)
    assert hold("here:2") and not hold("here:1")
