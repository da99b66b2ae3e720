"""What a model writes as Markdown, as Telegram HTML: the few signs that models use, everything else escaped."""

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
    """Tags are balanced whatever the text: each is opened and closed by one pattern, and code is left alone."""
    parts = CODE_BLOCK.split(text)
    return "".join(
        f"<pre>{escape(part.rstrip(), quote=False)}</pre>\n" if place % 2 else format_prose(part)
        for place, part in enumerate(parts)
    ).strip()


def format_prose(text: str) -> str:
    pieces = CODE.split(BULLET.sub(r"\1• ", text))
    return "".join(
        f"<code>{escape(piece, quote=False)}</code>" if place % 2 else format_words(piece)
        for place, piece in enumerate(pieces)
    )


def format_words(text: str) -> str:
    """Bold, italic and headings; italic inside bold, never across it."""
    words = "".join(
        part if place % 3 == 0 else f"<b>{part}</b>" if place % 3 == 2 else ""
        for place, part in enumerate(BOLD.split(HEADING.sub(drop_bold, escape(text, quote=False))))
    )
    return "".join(
        part if part.startswith("<") else ITALIC.sub(r"<i>\1</i>", part) for part in re.split(r"(</?b>)", words)
    )


def drop_bold(match: re.Match[str]) -> str:
    """A heading is bold as a whole."""
    return f"**{match[1].replace('*', '').strip()}**"
