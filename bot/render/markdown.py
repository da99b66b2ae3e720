"""Converts the Markdown of a language model to Telegram HTML.

Headings, bullets, bold, italic and code are converted; everything else is escaped and shown as it is.
"""

from __future__ import annotations

import re
from html import escape

CODE_BLOCK = re.compile(r"^```[^\n]*\n(.*?)(?:^```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])")
HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
BULLET = re.compile(r"^([ \t]*)[-*+][ \t]+", re.MULTILINE)


def format_markdown(text: str) -> str:
    """Return ``text`` as Telegram HTML. Tags are always balanced, because each pattern inserts both tags of a pair."""
    parts = CODE_BLOCK.split(text)
    return "".join(
        f"<pre>{escape(part.rstrip(), quote=False)}</pre>\n" if index % 2 else format_prose(part)
        for index, part in enumerate(parts)
    ).strip()


def format_prose(text: str) -> str:
    """Return text outside code blocks as HTML, with bullets and inline code."""
    pieces = CODE.split(BULLET.sub(r"\1• ", text))
    return "".join(
        f"<code>{escape(piece, quote=False)}</code>" if index % 2 else format_words(piece)
        for index, piece in enumerate(pieces)
    )


def format_words(text: str) -> str:
    """Return ``text`` as HTML with bold, italic and headings. Italic may stand in bold, but not overlap its ends."""
    words = "".join(
        part if index % 3 == 0 else f"<b>{part}</b>" if index % 3 == 2 else ""
        for index, part in enumerate(BOLD.split(HEADING.sub(drop_bold, escape(text, quote=False))))
    )
    return "".join(
        part if part.startswith("<") else ITALIC.sub(r"<i>\1</i>", part) for part in re.split(r"(</?b>)", words)
    )


def drop_bold(match: re.Match[str]) -> str:
    """Return a heading as bold Markdown, without the bold inside it."""
    return f"**{match[1].replace('*', '').strip()}**"
