"""Limits how often a person may send something within a span of time that ends now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from errors import UserMistake

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def check_rate(key: str, times: Sequence[datetime], limit: int, span: timedelta, now: datetime) -> None:
    """Raise ``UserMistake(key)``, with the time to wait, if there are ``limit`` of ``times`` within ``span``.

    ``times`` are newest first. A ``limit`` of 0 means that there is none.
    """
    if limit and len(times) >= limit and times[limit - 1] > now - span:
        wait = times[limit - 1] + span - now
        seconds = max(1, math.ceil(wait.total_seconds()))
        raise UserMistake(key, limit=limit, seconds=seconds, minutes=math.ceil(seconds / 60))
