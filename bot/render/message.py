"""The type that every renderer returns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape

from telegram import InlineKeyboardMarkup

TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message to send: Telegram HTML of any length (``split_html`` cuts it) and the buttons below it."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None


def make_plain(rendered: Rendered) -> Rendered:
    """Return the text without markup and buttons, for a message that Telegram refuses as it is."""
    return Rendered(escape(unescape(TAG.sub("", rendered.text)), quote=False))
