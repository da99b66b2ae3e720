"""Translates errors of the handlers of updates to those of ``errors``, which decide whether to try again."""

from __future__ import annotations

from datetime import timedelta

from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut

from bot.delivery.certainty import get_seconds, is_gone, may_have_arrived, was_never_sent
from errors import BeingErased, DownloadFailed, Postponed, SocrateError, TransientFailure, UserMistake
from processing.jobs.outcome import AttemptsUsedUp

# The pauses after the first and the second attempt.
PAUSES = (timedelta(seconds=1), timedelta(seconds=5))
TRANSIENT_PAUSE = timedelta(seconds=3)
LONGEST_TRANSIENT_PAUSE = timedelta(seconds=30)
# An erasure mostly takes no longer than this, and nothing is said meanwhile.
ERASED_SOON, SHORT_PAUSE = timedelta(seconds=10), timedelta(seconds=0.5)
NOTICE = "busy_kept"
# An update of this age that still meets a transient failure is given up.
PATIENCE = timedelta(minutes=10)


class Busy(Postponed):
    """The database, the storage or the network fails, so the update waits.

    If ``told``, its sender is told so with the sentence for ``notice``.
    """

    def __init__(self, seconds: float, *, told: bool, notice: str = NOTICE) -> None:
        super().__init__(seconds, counted=False)
        self.told, self.notice = told, notice


def explain(error: Exception, attempts: int, age: timedelta) -> Exception | None:
    """Return the error of ``errors`` that decides what becomes of the attempt, or None if the update is done with.

    ``attempts`` includes the one that failed; ``age`` is the time since the update was received. After an error that is
    not known here the update is tried again, a bounded number of times.
    """
    match error:
        case AttemptsUsedUp() | Busy():
            return error
        case _ if is_gone(error):
            return None
        case RetryAfter():
            return Postponed(get_seconds(error), counted=False)
        case BeingErased():
            # However long it takes: what a person sends then is theirs again.
            pause = min(max(age / 4, SHORT_PAUSE), LONGEST_TRANSIENT_PAUSE)
            return Busy(pause.total_seconds(), told=age > ERASED_SOON)
        case DownloadFailed():
            return explain_transient(age, told=True, notice="download_later")
        case TransientFailure():
            return explain_transient(age, told=True)
        case SocrateError():
            return error if isinstance(error, UserMistake) else UserMistake(error.key, **error.facts)
    if was_never_sent(error):
        return explain_transient(age, told=False)
    if may_have_taken_effect(error):
        # The reply may have arrived, and handling the update again would send it twice.
        return None
    return Postponed(PAUSES[min(attempts, len(PAUSES)) - 1].total_seconds())


def explain_transient(age: timedelta, *, told: bool, notice: str = NOTICE) -> Exception:
    """Return ``Busy``, or ``AttemptsUsedUp`` for an update older than ``PATIENCE``.

    The pause grows with the age of the update, because each attempt at an upload downloads the file again.
    """
    if age > PATIENCE:
        return AttemptsUsedUp()
    pause = max(TRANSIENT_PAUSE, min(age / 4, LONGEST_TRANSIENT_PAUSE))
    return Busy(pause.total_seconds(), told=told, notice=notice)


def may_have_taken_effect(error: Exception) -> bool:
    """Return True if a call to Telegram failed in a way that leaves open whether Telegram has carried it out."""
    if not isinstance(error, NetworkError) or isinstance(error, BadRequest):
        return False
    return isinstance(error, TimedOut) or may_have_arrived(error)
