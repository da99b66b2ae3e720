"""Processes whose machines have different clocks agree on the time: it is that of the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.engine import Database, DatabaseUnavailable
from processing.runtime import clock as clocks
from processing.runtime.clock import SharedClock


class WrongDatetime(datetime):
    """The clock of a machine that is ten minutes ahead."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + timedelta(minutes=10)


def test_a_machine_whose_clock_is_wrong_has_the_time_of_the_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "datetime", WrongDatetime)
    clock = SharedClock(database)
    assert clock() - datetime.now(UTC) > timedelta(minutes=9)
    clock.sync()
    assert abs(clock() - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_clock_goes_on_while_the_database_is_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SharedClock(database)
    clock.sync()

    def fail() -> datetime:
        raise DatabaseUnavailable

    monkeypatch.setattr(database, "read_time", fail)
    before = clock()
    with pytest.raises(DatabaseUnavailable):
        clock.sync()
    assert clock() >= before
