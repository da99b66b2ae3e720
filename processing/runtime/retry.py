"""Retries that end after a few seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_chain,
    wait_fixed,
)

from errors import SocrateError, TransientFailure

Result = TypeVar("Result")
PAUSES = (0.2, 1.0, 3.0)
POLL_SECONDS, LONGEST_WAIT_SECONDS = 0.25, 10.0


def retry_transient(call: Callable[[], Result]) -> Result:
    """Return the result of ``call``. After an error that ``may_pass`` try up to three more times, then raise it.

    Used for writes whose work is done already, so that it is not done again because the database fails for a moment.
    A commit may fail after it took effect, so ``call`` must be safe to repeat.
    """
    tries = Retrying(
        retry=retry_if_exception(may_pass),
        wait=wait_chain(*map(wait_fixed, PAUSES)),
        stop=stop_after_attempt(len(PAUSES) + 1),
        reraise=True,
    )
    return tries(call)


def may_pass(error: BaseException) -> bool:
    """Return True for ``TransientFailure`` and for errors that are not known here: work is not done again for either.

    Every other error of ``errors`` says something that another try would not change.
    """
    return isinstance(error, TransientFailure) or (isinstance(error, Exception) and not isinstance(error, SocrateError))


def wait_while(is_open: Callable[[Result], bool], find: Callable[[], Result]) -> Result:
    """Call ``find`` until ``is_open`` is false for its result, for ten seconds at most; return the last result."""
    polls = Retrying(
        retry=retry_if_result(is_open),
        wait=wait_fixed(POLL_SECONDS),
        stop=stop_after_delay(LONGEST_WAIT_SECONDS),
        retry_error_callback=lambda last: last.outcome.result() if last.outcome else None,
    )
    return polls(find)
