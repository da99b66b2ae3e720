"""The type that every renderer returns."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import InlineKeyboardMarkup


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message to send: Telegram HTML of any length (``split_html`` cuts it) and the buttons below it."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
