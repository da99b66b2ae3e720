"""Limits how often a person may send something within a span of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from errors import UserMistake

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def check_rate(key: str, times: Sequence[datetime], limit: int, span: timedelta, now: datetime) -> None:
    """Raise ``UserMistake(key)`` if at least ``limit`` of ``times`` lie within the last ``span`` before ``now``.

    Its facts are the limit and the time to wait in ``seconds`` and ``minutes``. ``times`` are newest first. With a
    ``limit`` of 0 nothing is limited.
    """
    if limit and len(times) >= limit and times[limit - 1] > now - span:
        wait = times[limit - 1] + span - now
        seconds = max(1, math.ceil(wait.total_seconds()))
        raise UserMistake(key, limit=limit, seconds=seconds, minutes=math.ceil(seconds / 60))
