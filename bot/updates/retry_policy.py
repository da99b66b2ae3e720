"""What becomes of an update when its handler failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.delivery.certainty import was_never_sent
from bot.delivery.rate_limiter import get_seconds
from errors import SocrateError, TransientFailure
from processing.jobs.inbox import MOST_ATTEMPTS, PAUSES

TRANSIENT_PAUSE = timedelta(seconds=3)
LONGEST_TRANSIENT_PAUSE = timedelta(seconds=30)
# For so long the house may be in disorder before its disorder is taken for the update's own fault.
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``state`` is done, later or aside; ``key`` names the sentence the person is to read now, if any."""

    state: str
    pause: timedelta = timedelta()
    counted: bool = True
    key: str = ""


DONE = Verdict("done")


def judge(error: Exception | None, attempts: int, age: timedelta) -> Verdict:
    """``attempts`` counts the one that failed; ``age`` is how long ago the update came in."""
    if error is None or isinstance(error, Forbidden):
        return DONE
    if isinstance(error, RetryAfter):
        return Verdict("later", timedelta(seconds=get_seconds(error)), counted=False)
    if isinstance(error, TransientFailure) or was_never_sent(error):
        return judge_transient(error, age)
    if isinstance(error, TelegramError) and not isinstance(error, BadRequest):
        # The reply may have arrived: handling it again could say it twice.
        return DONE
    if isinstance(error, SocrateError):
        return Verdict("done", key=error.key)
    if attempts < MOST_ATTEMPTS:
        return Verdict("later", PAUSES[attempts - 1])
    return Verdict("aside", key="error_unexpected")


def judge_transient(error: Exception, age: timedelta) -> Verdict:
    """Kept and tried again for a while; the person reads so where there is a way to reach them."""
    ours = isinstance(error, TransientFailure)
    if age > PATIENCE:
        return Verdict("aside", key=error.key if isinstance(error, TransientFailure) else "")
    # Each try of an upload fetches the file anew and shows a message that goes again.
    pause = max(TRANSIENT_PAUSE, min(age / 4, LONGEST_TRANSIENT_PAUSE))
    return Verdict("later", pause, counted=False, key="busy_kept" if ours else "")
