"""Writes down what has happened already: a database that fails for a moment must not make it happen again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_chain, wait_fixed

from errors import TransientFailure

Written = TypeVar("Written")
PAUSES = (0.2, 1.0, 3.0)


def insist(write: Callable[[], Written]) -> Written:
    """Try a few times within seconds; ``write`` must bear being done twice, for a commit may break after its effect."""
    tries = Retrying(
        retry=retry_if_exception_type(TransientFailure),
        wait=wait_chain(*map(wait_fixed, PAUSES)),
        stop=stop_after_attempt(len(PAUSES) + 1),
        reraise=True,
    )
    return tries(write)
