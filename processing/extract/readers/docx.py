"""Reads Word documents (DOCX) as a stream: python-docx takes gigabytes for one hostile megabyte."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from errors import UserMistake
from processing.extract.paging import BREAK, page_blocks
from processing.extract.zip_guard import Packed
from processing.text.cleaning import fold_blanks
from processing.types import Page

# Elements are recognised by their names without namespace, because the strict variant of the format has others.
CHARACTERS = {"tab": "\t", "cr": " ", "noBreakHyphen": "-", "ptab": "\t"}
# Deleted and moved text, field codes, properties; and Fallback, a second copy of a drawing for old programs.
HIDDEN = frozenset(("Fallback", "del", "moveFrom", "pPr", "rPr", "instrText", "delText"))
PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
LAID_OUT_MARK = b"lastRenderedPageBreak"


def read(file: BinaryIO) -> tuple[int | None, Iterator[Page]]:
    """Return None and the pages, footnotes and endnotes last. Raise ``UserMistake``, usually ``docx_damaged``.

    If Word has marked in the file how it laid out the pages, these are the pages. Otherwise pages are made from the
    page breaks and by length.
    """
    packed = Packed(file, "docx_damaged")
    if PARTS[0] not in packed.names:
        raise UserMistake("docx_damaged")
    parts = [packed.read(part) for part in PARTS if part in packed.names]
    blocks = (block for part in parts for block in iterate_blocks(part))
    return None, page_blocks(blocks, laid_out=LAID_OUT_MARK in parts[0])


def iterate_blocks(xml: bytes) -> Iterator[str]:
    """Yield paragraphs, table rows and page breaks in order. Every element is freed when it has been read."""
    writer = ParagraphWriter()
    try:
        events = etree.iterparse(
            io.BytesIO(xml), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
        )
        for event, element in events:
            name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
            yield from writer.enter(element, name) if event == "start" else writer.leave(element, name)
            if event == "end":
                free(element)
    except etree.XMLSyntaxError:
        raise UserMistake("docx_damaged") from None


def free(element: etree._Element) -> None:
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def is_page_break(element: etree._Element, name: str) -> bool:
    if name == "br":
        return any(key.endswith("}type") and value == "page" for key, value in element.attrib.items())
    return name == "lastRenderedPageBreak"


class ParagraphWriter:
    """Collects the text of paragraphs. A table row is one line, with tabs between its cells.

    ``enter`` and ``leave`` take each element at its start and at its end, and yield the blocks that are finished then.
    """

    def __init__(self) -> None:
        self._text: list[str] = []
        self._hidden = 0
        self._rows = 0

    def enter(self, element: etree._Element, name: str) -> Iterator[str]:
        self._hidden += name in HIDDEN
        self._rows += name == "tr"
        if not self._hidden and is_page_break(element, name):
            yield from self._end_block()
            yield BREAK

    def leave(self, element: etree._Element, name: str) -> Iterator[str]:
        self._hidden -= name in HIDDEN
        self._rows -= name == "tr"
        if self._hidden:
            return
        if name == "t":
            self._text.append(element.text or "")
        elif name in CHARACTERS:
            self._text.append(CHARACTERS[name])
        elif name == "br" and not is_page_break(element, name):
            self._text.append(" ")
        elif name in ("p", "tr"):
            yield from self._end_part_of_row() if self._rows else self._end_block()
        elif name == "tc":
            self._text.append("\t")

    def _end_part_of_row(self) -> Iterator[str]:
        """Put a space after a paragraph or a nested row within a table row, which goes on. Yield nothing."""
        self._text.append(" ")
        yield from ()

    def _end_block(self) -> Iterator[str]:
        text = fold_blanks("".join(self._text).replace("\n", " "))
        self._text.clear()
        if text:
            yield text
