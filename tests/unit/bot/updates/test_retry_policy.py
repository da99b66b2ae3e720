"""Errors of the handlers of updates decide what becomes of an update."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.delivery.certainty import was_never_sent
from bot.updates.retry_policy import Busy, explain
from db.engine import DatabaseUnavailable
from errors import BeingErased, DownloadFailed, UserMistake
from processing.jobs.outcome import Decision, Outcome, decide

NEW = timedelta(0)


@pytest.mark.parametrize(
    ("error", "attempts", "decision"),
    [
        (Forbidden("bot was blocked by the user"), 1, Decision(Outcome.DONE)),
        (Forbidden("unheard of"), 1, Decision(Outcome.RETRIED, timedelta(seconds=1))),
        (TimedOut(), 1, Decision(Outcome.DONE)),
        (TelegramError("?"), 1, Decision(Outcome.RETRIED, timedelta(seconds=1))),
        (InvalidToken("Not Found"), 2, Decision(Outcome.RETRIED, timedelta(seconds=5))),
        (RetryAfter(17), 3, Decision(Outcome.PUT_BACK, timedelta(seconds=17))),
        (BadRequest("can't parse entities"), 3, Decision(Outcome.GIVEN_UP)),
        (UserMistake("no_text"), 1, Decision(Outcome.REFUSED)),
        (ZeroDivisionError(), 1, Decision(Outcome.RETRIED, timedelta(seconds=1))),
    ],
)
def test_unknown_error_is_retried_and_never_counts_as_done(error: Exception, attempts: int, decision: Decision) -> None:
    assert decide(explain(error, attempts, NEW), attempts) == decision


@pytest.mark.parametrize(("age", "pause"), [(0, 3), (12, 3), (60, 15), (500, 30)])
def test_pause_grows_with_the_duration_of_a_failure(age: int, pause: int) -> None:
    explained = explain(DatabaseUnavailable(), 3, timedelta(seconds=age))
    assert decide(explained, 3) == Decision(Outcome.PUT_BACK, timedelta(seconds=pause))


def test_a_failure_that_lasts_an_hour_makes_a_dead_letter() -> None:
    assert decide(explain(DatabaseUnavailable(), 1, timedelta(hours=1)), 1) == Decision(Outcome.GIVEN_UP)


@pytest.mark.parametrize(("age", "told"), [(0, False), (60, True), (86400, True)])
def test_what_is_sent_during_an_erasure_waits_for_its_end(age: int, told: bool) -> None:
    explained = explain(BeingErased(), 3, timedelta(seconds=age))
    assert isinstance(explained, Busy) and explained.told is told and not explained.counted


def test_only_a_failed_connection_counts_as_never_sent() -> None:
    def wrap(cause: Exception) -> NetworkError:
        error = NetworkError("httpx")
        error.__cause__ = cause
        return error

    assert was_never_sent(wrap(httpx.ConnectError("no route")))
    assert not was_never_sent(wrap(httpx.ReadError("cut")))
    assert not was_never_sent(NetworkError("Bad Gateway"))


def test_a_file_that_telegram_does_not_give_is_asked_for_again_and_its_sender_told() -> None:
    explained = explain(DownloadFailed(), 3, timedelta(minutes=5))
    assert isinstance(explained, Busy) and (explained.told, explained.notice) == (True, "download_later")
    assert decide(explain(DownloadFailed(), 3, timedelta(minutes=11)), 3) == Decision(Outcome.GIVEN_UP)
