"""Tries again within seconds: to write down what has happened already, to see what another is about to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_chain,
    wait_fixed,
)

from errors import TransientFailure

Written = TypeVar("Written")
Found = TypeVar("Found")
PAUSES = (0.2, 1.0, 3.0)
LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.25, 10.0


def retry_transient(write: Callable[[], Written]) -> Written:
    """A database that fails for a moment must not make it happen again: try a few times.

    ``write`` must bear being done twice, for a commit may break after its effect.
    """
    tries = Retrying(
        retry=retry_if_exception_type(TransientFailure),
        wait=wait_chain(*map(wait_fixed, PAUSES)),
        stop=stop_after_attempt(len(PAUSES) + 1),
        reraise=True,
    )
    return tries(write)


def wait_while(is_open: Callable[[Found], bool], find: Callable[[], Found]) -> Found:
    """What ``find`` gives once it is no longer open, or after ten seconds as it is then."""
    looks = Retrying(
        retry=retry_if_result(is_open),
        wait=wait_fixed(LOOK_SECONDS),
        stop=stop_after_delay(LONGEST_LOOK_SECONDS),
        retry_error_callback=lambda last: last.outcome.result() if last.outcome else None,
    )
    return looks(find)
