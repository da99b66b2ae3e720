"""Sizes, times, pages in the person's language."""

from __future__ import annotations

from babel.numbers import format_decimal

BAR_CELLS = 12


def format_size(size: int, language: str) -> str:
    """Bytes as ``kB`` or ``MB`` (of 1,024 each step, as file managers show them)."""
    if size < 1024 * 1024:
        return f"{format_decimal(max(1, round(size / 1024)) if size else 0, locale=language)} kB"
    return f"{format_decimal(round(size / 1024 / 1024, 1), locale=language)} MB"


def format_duration(seconds: float) -> str:
    """Seconds as ``12 s``, ``2 min 5 s``, ``1 h 4 min``: the signs are the same in every language we speak."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def format_pages(first: int, last: int) -> str:
    return f"p. {first}" if first == last else f"p. {first}–{last}"


def draw_bar(percent: int) -> str:
    filled = round(BAR_CELLS * percent / 100)
    return "▰" * filled + "▱" * (BAR_CELLS - filled)
