"""Refuses files before they are downloaded, by the name and size that Telegram announces."""

from __future__ import annotations

import math

from errors import UserMistake
from processing.formats.recognise import get_extension
from processing.formats.table import UNREADABLE, WRONG_KIND

MEGABYTE = 1024 * 1024


def check_offered(name: str | None, size: int | None, *, max_bytes: int, free_bytes: int) -> None:
    """Raise ``UserMistake`` for a file that is empty, too large, over the quota or of a kind that can't be read.

    ``size`` is in bytes; sizes and names that are not known are accepted.
    """
    if size == 0:
        raise UserMistake("file_empty")
    if size is not None and size > max_bytes:
        raise UserMistake("too_large", size_mb=count_megabytes(size), limit_mb=max_bytes // MEGABYTE)
    if size is not None and size > free_bytes:
        free_mb = max(0, math.floor(free_bytes / MEGABYTE * 10) / 10)
        raise UserMistake("over_quota", needed_mb=count_megabytes(size), free_mb=free_mb)
    extension = get_extension(name or "")
    if extension in UNREADABLE:
        raise UserMistake(WRONG_KIND, extension=extension)


def count_megabytes(size: int) -> float:
    """Return bytes as megabytes, rounded up to a tenth so that a file over the limit does not seem to be within it."""
    return math.ceil(size / MEGABYTE * 10) / 10
