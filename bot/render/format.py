"""Formats sizes, durations, pages and progress bars."""

from __future__ import annotations

from babel.numbers import format_decimal

from bot.texts import say

BAR_CELLS = 12


def format_size(size: int, language: str) -> str:
    """Return ``size`` in bytes as ``12 kB`` or ``3.4 MB``, in steps of 1,024 as file managers show it."""
    if size < 1024 * 1024:
        return f"{format_decimal(max(1, round(size / 1024)) if size else 0, locale=language)} kB"
    return f"{format_decimal(round(size / 1024 / 1024, 1), locale=language)} MB"


def format_duration(seconds: float) -> str:
    """Return seconds as ``12 s``, ``2 min 5 s`` or ``1 h 4 min``. These symbols are the same in all chat languages."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def format_pages(language: str, first: int, last: int) -> str:
    """Return ``p. 3`` or ``p. 3–5``, with the abbreviation of the language."""
    key = "pages_one" if first == last else "pages_range"
    return say(language, key, first=str(first), last=str(last))


def draw_bar(percent: int) -> str:
    filled = round(BAR_CELLS * percent / 100)
    return "▰" * filled + "▱" * (BAR_CELLS - filled)
