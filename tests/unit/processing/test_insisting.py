"""Looking again has an end, and stops as soon as there is nothing to wait for."""

from __future__ import annotations

import pytest

from processing import insisting
from processing.insisting import wait_while


def test_it_waits_as_long_as_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insisting, "LOOK_SECONDS", 0.0)
    found = iter([True, True, False, True])
    assert wait_while(bool, lambda: next(found)) is False
    assert next(found) is True


def test_what_stays_open_is_given_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insisting, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(insisting, "LONGEST_LOOK_SECONDS", 0.05)
    assert wait_while(bool, lambda: "open") == "open"


def test_what_breaks_is_not_waited_for() -> None:
    with pytest.raises(ZeroDivisionError):
        wait_while(bool, lambda: 1 // 0)
