"""A transient failure of the database is retried a few times; waiting for a condition has a limit."""

from __future__ import annotations

import pytest

from db.engine import DatabaseUnavailable
from errors import LeaseLost
from processing.runtime import retry
from processing.runtime.retry import PAUSES, POLL_SECONDS, retry_transient, wait_while


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waited.append)
    return waited


class Database:
    """Raises ``error`` the first ``failures`` times, then writes."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.tries = failures, error, 0

    def write(self) -> str:
        self.tries += 1
        if self.tries <= self.failures:
            raise self.error
        return "written"


@pytest.mark.parametrize("failures", range(len(PAUSES) + 1))
def test_transient_failure_is_retried_after_each_pause(failures: int, pauses: list[float]) -> None:
    database = Database(failures, DatabaseUnavailable())
    assert retry_transient(database.write) == "written"
    assert pauses == list(PAUSES[:failures])


def test_failure_after_the_last_pause_is_raised() -> None:
    database = Database(len(PAUSES) + 1, DatabaseUnavailable())
    with pytest.raises(DatabaseUnavailable):
        retry_transient(database.write)
    assert database.tries == len(PAUSES) + 1


def test_error_that_nobody_foresaw_is_retried(pauses: list[float]) -> None:
    database = Database(2, ZeroDivisionError())
    assert retry_transient(database.write) == "written"
    assert pauses == list(PAUSES[:2])


def test_error_that_says_what_is_wrong_is_raised_at_once() -> None:
    database = Database(1, LeaseLost())
    with pytest.raises(LeaseLost):
        retry_transient(database.write)
    assert database.tries == 1


def test_wait_while_reads_until_the_condition_is_false(pauses: list[float]) -> None:
    found = iter([True, True, False, True])
    assert wait_while(bool, lambda: next(found)) is False
    assert pauses == [POLL_SECONDS] * 2


def test_wait_while_returns_the_last_value_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "LONGEST_WAIT_SECONDS", 0.05)
    assert wait_while(bool, lambda: "open") == "open"


def test_wait_while_raises_an_error_at_once(pauses: list[float]) -> None:
    with pytest.raises(ZeroDivisionError):
        wait_while(bool, lambda: 1 // 0)
    assert pauses == []
