"""Whether Telegram answers, as the health checks show it."""

from __future__ import annotations

import time
from collections.abc import Callable

from telegram.error import Conflict, InvalidToken, RetryAfter

from bot.delivery.certainty import get_seconds
from errors import SocrateError
from processing.maintenance.health import CheckFailed
from processing.runtime.loops import name_error_class

# One refusal may be a mistake of Telegram's.
REFUSALS = 2
STORE_PAUSE_SECONDS = 2.0
REASONS: dict[type[Exception], str] = {
    InvalidToken: "Telegram refuses the token.",
    Conflict: "Another bot runs with this token, or a webhook is set.",
}


class TelegramContact:
    """Remembers when Telegram answered last, and how often in a row it refused a call for the same reason.

    ``last_success`` is in seconds of the monotonic clock. After ``longest_silence`` seconds without an answer,
    Telegram counts as away.
    """

    def __init__(self, longest_silence: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.longest_silence, self.clock = longest_silence, clock
        self.last_success: float | None = None
        self._reason, self._refusals = "", 0

    def note_success(self) -> None:
        self.last_success, self._refusals = self.clock(), 0

    def note_error(self, error: Exception) -> None:
        reason = find_reason(error)
        self._refusals = self._refusals + 1 if reason and reason == self._reason else int(bool(reason))
        self._reason = reason

    def check(self) -> str:
        """Return a sentence. Raise ``CheckFailed`` after refusals, ``TimeoutError`` if Telegram has been silent."""
        if self._refusals >= REFUSALS:
            raise CheckFailed(self._reason)
        if self.last_success is None or self.clock() - self.last_success > self.longest_silence:
            raise TimeoutError
        return "Answers."


def find_reason(error: Exception) -> str:
    return next((sentence for kind, sentence in REASONS.items() if isinstance(error, kind)), "")


def choose_pause(error: Exception) -> float | None:
    """Return the seconds that Telegram asks to wait, or a short pause while the database fails; None for others."""
    if isinstance(error, RetryAfter):
        return get_seconds(error)
    return STORE_PAUSE_SECONDS if isinstance(error, SocrateError) else None


def name_error(error: Exception) -> str:
    return find_reason(error) or name_error_class(error)
