"""What has happened is written down in spite of a database that fails for a moment; looking again has an end."""

from __future__ import annotations

import pytest

from db.engine import DatabaseUnavailable
from errors import LeaseLost
from processing.runtime import retry
from processing.runtime.retry import LOOK_SECONDS, PAUSES, retry_transient, wait_while


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
    assert retry_transient(database.write) == "written"
    assert pauses == list(PAUSES[:failures])


def test_more_of_them_are_told() -> None:
    database = Database(len(PAUSES) + 1, DatabaseUnavailable())
    with pytest.raises(DatabaseUnavailable):
        retry_transient(database.write)
    assert database.tries == len(PAUSES) + 1


def test_what_waiting_does_not_mend_is_told_at_once() -> None:
    database = Database(1, LeaseLost())
    with pytest.raises(LeaseLost):
        retry_transient(database.write)
    assert database.tries == 1


def test_what_is_open_is_looked_at_until_it_is_not(pauses: list[float]) -> None:
    found = iter([True, True, False, True])
    assert wait_while(bool, lambda: next(found)) is False
    assert pauses == [LOOK_SECONDS] * 2


def test_what_stays_open_is_given_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "LONGEST_LOOK_SECONDS", 0.05)
    assert wait_while(bool, lambda: "open") == "open"


def test_what_breaks_while_it_is_looked_at_is_told_at_once(pauses: list[float]) -> None:
    with pytest.raises(ZeroDivisionError):
        wait_while(bool, lambda: 1 // 0)
    assert pauses == []
