"""Refuses files by their announced size before any byte is downloaded."""

from __future__ import annotations

import math

from errors import UserMistake
from processing.formats.detect_language import REFUSED

MEGABYTE = 1024 * 1024


def check_offered(name: str | None, size: int | None, *, max_bytes: int, free_bytes: int) -> None:
    """Raise ``UserMistake`` for what need not be fetched: empty, too large, no room, a kind that is not read."""
    if size == 0:
        raise UserMistake("file_empty")
    if size is not None and size > max_bytes:
        raise UserMistake("too_large", size_mb=count_megabytes(size), limit_mb=max_bytes // MEGABYTE)
    if size is not None and size > free_bytes:
        free_mb = max(0, math.floor(free_bytes / MEGABYTE * 10) / 10)
        raise UserMistake("over_quota", needed_mb=count_megabytes(size), free_mb=free_mb)
    _, dot, extension = (name or "").rpartition(".")
    if dot and extension.strip().lower() in REFUSED:
        raise UserMistake("wrong_kind", extension=extension.strip().lower())


def count_megabytes(size: int) -> float:
    """Rounded up to a tenth: a file over the limit never reads as just the limit."""
    return math.ceil(size / MEGABYTE * 10) / 10
