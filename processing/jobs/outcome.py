"""Decides what becomes of one attempt at a piece of work: exactly one outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from errors import Cancelled, LeaseLost, Postponed, UserMistake, WorkerStopping

MAX_ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 300


class Outcome(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    # What the person sent can't be used; another attempt would end the same way.
    REFUSED = "refused"
    CANCELLED = "cancelled"
    # Back to the queue, and the attempt is not counted: the work did nothing wrong.
    PUT_BACK = "put_back"
    # Back to the queue after a pause.
    RETRIED = "retried"
    # The attempts are used up.
    GIVEN_UP = "given_up"
    # Another worker holds the row now.
    LEASE_LOST = "lease_lost"
    # The outcome could not be written. The row stays in work until its lease expires, then another worker takes it.
    UNRECORDED = "unrecorded"


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome, and for ``PUT_BACK`` and ``RETRIED`` the pause before the next attempt."""

    outcome: Outcome
    pause: timedelta = timedelta()


class AttemptsUsedUp(Exception):
    """No further attempt is made: each earlier one ended its process, or an update is too old to be tried again."""


def decide(error: Exception | None, attempts: int, max_attempts: int = MAX_ATTEMPTS) -> Decision:
    """Return what becomes of the attempt with the number ``attempts`` (from 1). Without ``error`` it has succeeded.

    After an error that is not known here the work is tried again after a pause; it never counts as done.
    """
    match error:
        case None:
            return Decision(Outcome.DONE)
        case LeaseLost():
            return Decision(Outcome.LEASE_LOST)
        case Cancelled():
            return Decision(Outcome.CANCELLED)
        case WorkerStopping():
            return Decision(Outcome.PUT_BACK)
        case Postponed(counted=False):
            return Decision(Outcome.PUT_BACK, timedelta(seconds=error.seconds))
        case UserMistake():
            return Decision(Outcome.REFUSED)
        case _ if isinstance(error, AttemptsUsedUp) or attempts >= max_attempts:
            return Decision(Outcome.GIVEN_UP)
        case Postponed():
            return Decision(Outcome.RETRIED, timedelta(seconds=error.seconds))
        case _:
            return Decision(Outcome.RETRIED, get_pause(attempts))


def get_pause(attempts: int) -> timedelta:
    """Return the pause after the attempt with this number (from 1); it doubles with each, up to five minutes."""
    return timedelta(seconds=min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** max(0, attempts - 1)))
