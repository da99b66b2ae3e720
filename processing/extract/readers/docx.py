"""Pages of a Word document, read as a stream: python-docx takes gigabytes for one hostile megabyte."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from errors import UserMistake
from processing.extract.paging import BREAK, page_blocks
from processing.extract.zip_guard import Packed
from processing.text.cleaning import fold_blanks
from processing.types import Page

# By local name: the strict variant of the format has other namespaces for the same elements.
SIGNS = {"tab": "\t", "cr": " ", "noBreakHyphen": "-", "ptab": "\t"}
# Word writes a drawing once more for readers that are older than it.
UNSEEN = frozenset(("Fallback", "del", "moveFrom", "pPr", "rPr", "instrText", "delText"))
PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
LAID_OUT = b"lastRenderedPageBreak"


def read_docx(path: Path) -> tuple[int | None, Iterator[Page]]:
    """Pages as Word laid them out where it left its marks; else at page breaks and every 3,000 characters or so.

    Footnotes and endnotes stand at the end. ``docx_damaged`` comes at once.
    """
    packed = Packed(path, "docx_damaged")
    if PARTS[0] not in packed.names:
        raise UserMistake("docx_damaged")
    parts = [packed.read(part) for part in PARTS if part in packed.names]
    blocks = (block for part in parts for block in list_blocks(part))
    return None, page_blocks(blocks, laid_out=LAID_OUT in parts[0])


def list_blocks(xml: bytes) -> Iterator[str]:
    """Paragraphs, rows of tables and page breaks in order; every element is dropped once it is read."""
    writer = ParagraphWriter()
    try:
        events = etree.iterparse(
            io.BytesIO(xml), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
        )
        for event, element in events:
            name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
            yield from writer.enter(element, name) if event == "start" else writer.leave(element, name)
            if event == "end":
                drop(element)
    except etree.XMLSyntaxError:
        raise UserMistake("docx_damaged") from None


def drop(element: etree._Element) -> None:
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def is_page_break(element: etree._Element, name: str) -> bool:
    if name == "br":
        return any(key.endswith("}type") and value == "page" for key, value in element.attrib.items())
    return name == "lastRenderedPageBreak"


class ParagraphWriter:
    """Collects paragraphs; those within a row of a table stay on its line, cells parted by tabs."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._unseen = 0
        self._rows = 0

    def enter(self, element: etree._Element, name: str) -> Iterator[str]:
        self._unseen += name in UNSEEN
        self._rows += name == "tr"
        if not self._unseen and is_page_break(element, name):
            yield from self._end_block()
            yield BREAK

    def leave(self, element: etree._Element, name: str) -> Iterator[str]:
        self._unseen -= name in UNSEEN
        self._rows -= name == "tr"
        if self._unseen:
            return
        if name == "t":
            self._text.append(element.text or "")
        elif name in SIGNS:
            self._text.append(SIGNS[name])
        elif name == "br" and not is_page_break(element, name):
            self._text.append(" ")
        elif name in ("p", "tr"):
            yield from self._end_row() if self._rows else self._end_block()
        elif name == "tc":
            self._text.append("\t")

    def _end_row(self) -> Iterator[str]:
        self._text.append(" ")
        yield from ()

    def _end_block(self) -> Iterator[str]:
        text = fold_blanks("".join(self._text).replace("\n", " "))
        self._text.clear()
        if text:
            yield text
