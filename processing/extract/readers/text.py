"""Reads plain text: pages end at form feeds, or else at a line end after about 3,000 characters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from processing.extract.encoding import decode
from processing.extract.paging import page_blocks
from processing.text.cleaning import fold_spaces, join_wrapped
from processing.types import Page


def read(file: BinaryIO) -> tuple[int | None, Iterator[Page]]:
    """Return the pages, and their number if the text has form feeds, which separate pages; these may be empty."""
    text = decode(file.read())
    if "\f" in text.strip():
        sheets = text.rstrip().split("\f")
        return len(sheets), (Page(number, join_wrapped(fold_spaces(sheet))) for number, sheet in enumerate(sheets, 1))
    return None, iterate_pages(text)


def iterate_pages(text: str) -> Iterator[Page]:
    return page_blocks(join_wrapped(fold_spaces(text)).split("\n"))
