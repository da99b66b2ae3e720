"""When failed work is tried again, and when it is given up."""

from __future__ import annotations

from datetime import timedelta

MAX_ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 300


def is_last_attempt(attempts: int) -> bool:
    return attempts >= MAX_ATTEMPTS


def get_pause(attempts: int) -> timedelta:
    """Pause after the attempt with this number (from 1): doubled each time, bounded."""
    return timedelta(seconds=min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** max(0, attempts - 1)))
