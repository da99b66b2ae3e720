"""Reads Markdown: its text without the markup that a rendered page would not show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from processing.extract.encoding import decode
from processing.extract.readers.text import iterate_pages
from processing.types import Page

# Markup of headings, quotes and emphasis is removed, and links become their words. The rest is readable as it is.
# Line breaks are put around a heading, because the next paragraph may follow it directly.
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
UNDERLINE = re.compile(r"^ {0,3}(?:={3,}|-{3,})[ \t]*$", re.MULTILINE)
QUOTE = re.compile(r"^ {0,3}>[ \t]?", re.MULTILINE)
LINK = re.compile(r"!?\[([^\[\]\n]{0,500})\]\([^()\n]{0,2000}\)")
FENCE = re.compile(r"^ {0,3}(?:```|~~~).*$", re.MULTILINE)
STRONG = re.compile(r"(\*\*|__)(?=\S)([^*_\n]{1,500}?)(?<=\S)\1")


def read(file: BinaryIO) -> tuple[int | None, Iterator[Page]]:
    text = decode(file.read()).replace("\r\n", "\n")
    return None, iterate_pages(strip_markup(text))


def strip_markup(text: str) -> str:
    """Remove the markup outside fenced code; inside it a ``#`` is no heading."""
    parts = FENCE.split(text)
    return "\n".join(part if index % 2 else strip_prose(part) for index, part in enumerate(parts))


def strip_prose(text: str) -> str:
    text = QUOTE.sub("", HEADING.sub(r"\n\1\n", UNDERLINE.sub("\n", text)))
    return STRONG.sub(r"\2", LINK.sub(r"\1", text))
