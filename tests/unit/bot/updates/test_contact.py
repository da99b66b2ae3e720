"""The health checks say whether Telegram answers, and why not."""

from __future__ import annotations

import pytest
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter

from bot.updates.contact import STORE_PAUSE_SECONDS, TelegramContact, choose_pause, name_error
from db.engine import DatabaseUnavailable
from processing.maintenance.health import CheckFailed


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def contact(clock: Clock) -> TelegramContact:
    return TelegramContact(55.0, clock)


def test_telegram_counts_as_away_before_the_first_answer_and_after_a_silence(
    contact: TelegramContact, clock: Clock
) -> None:
    with pytest.raises(TimeoutError):
        contact.check()
    contact.note_success()
    clock.now += 55
    assert contact.check() == "Answers."
    clock.now += 1
    with pytest.raises(TimeoutError):
        contact.check()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(InvalidToken("Unauthorized"), "refuses the token"), (Conflict("other getUpdates"), "Another bot")],
)
def test_the_second_refusal_in_a_row_is_named_until_telegram_answers(
    contact: TelegramContact, error: Exception, sentence: str
) -> None:
    contact.note_success()
    contact.note_error(error)
    contact.note_error(NetworkError("away"))
    contact.note_error(error)
    assert contact.check() == "Answers."
    contact.note_error(error)
    with pytest.raises(CheckFailed, match=sentence):
        contact.check()
    contact.note_success()
    assert contact.check() == "Answers."


def test_the_pause_is_the_one_that_telegram_asks_for() -> None:
    assert choose_pause(RetryAfter(17)) == 17
    assert choose_pause(DatabaseUnavailable()) == STORE_PAUSE_SECONDS
    assert choose_pause(NetworkError("secret")) is None


def test_the_name_of_an_error_has_no_text_of_it() -> None:
    assert name_error(InvalidToken("secret")) == "Telegram refuses the token."
    assert name_error(NetworkError("secret")) == "NetworkError"
