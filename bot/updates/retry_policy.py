"""What an error of an update's handler means, in the terms of ``errors``."""

from __future__ import annotations

from datetime import timedelta

from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.delivery.certainty import may_have_arrived, was_never_sent
from bot.delivery.rate_limiter import get_seconds
from errors import Postponed, SocrateError, TransientFailure, UserMistake
from processing.jobs.outcome import AttemptsUsedUp

# After the first and the second attempt.
PAUSES = (timedelta(seconds=1), timedelta(seconds=5))
TRANSIENT_PAUSE = timedelta(seconds=3)
LONGEST_TRANSIENT_PAUSE = timedelta(seconds=30)
# A failure of ours that lasts longer than this is taken for the fault of the update.
PATIENCE = timedelta(minutes=10)


class Busy(Postponed):
    """The database, the storage or the network fails, so the update waits; if ``told``, its sender learns that."""

    def __init__(self, seconds: float, *, told: bool) -> None:
        super().__init__(seconds, counted=False)
        self.told = told


def explain(error: Exception, attempts: int, age: timedelta) -> Exception | None:
    """Translate the error of an attempt; None means that nothing is left to do.

    ``attempts`` counts the one that failed; ``age`` is the time since the update was received. An error that is not
    known here is tried again, a bounded number of times.
    """
    match error:
        case AttemptsUsedUp():
            return error
        case Forbidden():
            # The person has blocked the bot or closed the chat.
            return None
        case RetryAfter():
            return Postponed(get_seconds(error), counted=False)
        case TransientFailure():
            return explain_transient(age, told=True)
        case SocrateError():
            return error if isinstance(error, UserMistake) else UserMistake(error.key, **error.facts)
    if was_never_sent(error):
        return explain_transient(age, told=False)
    if is_in_doubt(error):
        # The reply may have arrived: handling the update again could say it twice.
        return None
    return Postponed(PAUSES[min(attempts, len(PAUSES)) - 1].total_seconds())


def explain_transient(age: timedelta, *, told: bool) -> Exception:
    """The longer the failure lasts, the longer the pause: each attempt at an upload downloads the file again."""
    if age > PATIENCE:
        return AttemptsUsedUp()
    pause = max(TRANSIENT_PAUSE, min(age / 4, LONGEST_TRANSIENT_PAUSE))
    return Busy(pause.total_seconds(), told=told)


def is_in_doubt(error: Exception) -> bool:
    if not isinstance(error, NetworkError) or isinstance(error, BadRequest):
        return False
    return isinstance(error, TimedOut) or may_have_arrived(error)
