"""What has happened is written down in spite of a database that fails for a moment."""

from __future__ import annotations

import pytest

from db.engine import DatabaseUnavailable
from errors import LeaseLost
from processing.insisting import PAUSES, insist


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    return waited


class Database:
    """Fails so many times, then takes what is written."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.tries = failures, error, 0

    def write(self) -> str:
        self.tries += 1
        if self.tries <= self.failures:
            raise self.error
        return "written"


@pytest.mark.parametrize("failures", range(len(PAUSES) + 1))
def test_a_few_failures_are_waited_out(failures: int, pauses: list[float]) -> None:
    database = Database(failures, DatabaseUnavailable())
    assert insist(database.write) == "written"
    assert pauses == list(PAUSES[:failures])


def test_more_of_them_are_told() -> None:
    database = Database(len(PAUSES) + 1, DatabaseUnavailable())
    with pytest.raises(DatabaseUnavailable):
        insist(database.write)
    assert database.tries == len(PAUSES) + 1


def test_what_waiting_does_not_mend_is_told_at_once() -> None:
    database = Database(1, LeaseLost())
    with pytest.raises(LeaseLost):
        insist(database.write)
    assert database.tries == 1
