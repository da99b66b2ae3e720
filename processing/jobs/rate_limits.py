"""How often one person may come: so many times within a span, counted back from now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from errors import UserMistake

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def check_rate(key: str, times: Sequence[datetime], limit: int, span: timedelta, now: datetime) -> None:
    """Raise ``UserMistake(key)`` with when to come back; ``times`` newest first, a limit of 0 is none."""
    if limit and len(times) >= limit and times[limit - 1] > now - span:
        wait = times[limit - 1] + span - now
        seconds = max(1, math.ceil(wait.total_seconds()))
        raise UserMistake(key, limit=limit, seconds=seconds, minutes=math.ceil(seconds / 60))
