"""A message that is ready to be sent."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import InlineKeyboardMarkup


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to send."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
