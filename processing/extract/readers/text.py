"""Pages of plain text: at form feeds, else about 3,000 characters at the end of a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from processing.extract.encoding import decode
from processing.extract.paging import page_blocks
from processing.text.cleaning import fold_spaces, join_wrapped
from processing.types import Page


def read_text(path: Path) -> tuple[int | None, Iterator[Page]]:
    """A form feed is what a printer takes for the end of a page, so those pages are counted as they stand."""
    text = decode(path.read_bytes())
    if "\f" in text.strip():
        sheets = text.rstrip().split("\f")
        return len(sheets), (Page(number, join_wrapped(fold_spaces(sheet))) for number, sheet in enumerate(sheets, 1))
    return None, list_pages(text)


def list_pages(text: str) -> Iterator[Page]:
    return page_blocks(join_wrapped(fold_spaces(text)).split("\n"))
