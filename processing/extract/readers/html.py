"""Reads HTML: the blocks of text that a browser would show, without navigation and embedded objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree
from lxml import html as lxml_html

from errors import UserMistake
from processing.extract.encoding import decode
from processing.extract.paging import page_blocks
from processing.text.cleaning import SPACES, fold_blanks, normalise
from processing.types import Page

HIDDEN_TAGS = frozenset("script style head noscript template svg iframe object nav datalist select annotation".split())
BLOCKS = frozenset(
    "address article aside blockquote body br caption dd details div dl dt fieldset figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hr html legend li main ol p pre section summary table tbody tfoot thead title tr ul".split()
)
CELLS = frozenset(("td", "th"))
HIDING_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
WHITE = re.compile(r"[ \t\r\n\f]+")
DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
DECLARED_WITHIN = 4096
# XHTML allows <title/>; an HTML parser would take all that follows for its content.
SELF_CLOSED = re.compile(r"<(script|style|title|iframe|textarea|noscript|object)\b([^<>]{0,2000})/>", re.IGNORECASE)
# An XML declaration is removed, because it names an encoding, and the decoded text has none.
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def read(file: BinaryIO) -> tuple[int | None, Iterator[Page]]:
    """Return None and the pages, with the title first unless the body begins with it. Raise ``UserMistake``."""
    root = parse(file.read(), "wrong_kind")
    blocks = list_blocks(root)
    title = SPACES.sub(" ", normalise(" ".join((root.findtext(".//title") or "").split())))
    return None, page_blocks(([title] if title and blocks[:1] != [title] else []) + blocks)


def parse(raw: bytes, mistake: str) -> etree._Element:
    """Parse HTML or XHTML of any encoding. Entities that a document type declares are not expanded.

    Raise ``UserMistake``: ``mistake`` if there is nothing to parse, ``too_heavy`` if elements are nested too deep.
    """
    declared = DECLARED.search(raw[:DECLARED_WITHIN])
    text = decode(raw, declared[1].decode("ascii") if declared else "").replace("\0", "")
    text = SELF_CLOSED.sub(r"<\1\2></\1>", DECLARATION.sub("", text))
    parser = lxml_html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        root = lxml_html.document_fromstring(text.encode(errors="replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        raise UserMistake(mistake) from None
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        # The parser drops elements below a certain depth. The text in them must not be lost without notice.
        raise UserMistake("too_heavy")
    return root


def list_blocks(root: etree._Element) -> list[str]:
    """Return the blocks of text in reading order."""
    writer = BlockWriter()
    writer.walk(root)
    return writer.blocks


class BlockWriter:
    """Collects blocks of text from a tree, without recursion: a document may be nested too deep for Python."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self._text: list[str] = []
        self._hidden = 0
        self._verbatim = 0
        self._rows = 0

    def walk(self, root: etree._Element) -> None:
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if not isinstance(element.tag, str):
                self._add(element.tail if event == "end" else "")
            elif event == "start":
                self._enter(element, element.tag)
            else:
                self._leave(element, element.tag)
        self._end_block()

    def _enter(self, element: etree._Element, tag: str) -> None:
        if tag in BLOCKS:
            self._end_block(tag)
        self._hidden += is_hidden(element, tag)
        self._verbatim += tag == "pre"
        self._rows += tag == "tr"
        self._add(element.text)

    def _leave(self, element: etree._Element, tag: str) -> None:
        self._rows -= tag == "tr"
        if tag in BLOCKS:
            self._end_block(tag)
        self._hidden -= is_hidden(element, tag)
        self._verbatim -= tag == "pre"
        if tag in CELLS:
            self._text.append("\t")
        self._add(element.tail)

    def _add(self, text: str | None) -> None:
        if text and not self._hidden:
            self._text.append(text if self._verbatim else WHITE.sub(" ", text))

    def _end_block(self, tag: str = "") -> None:
        """End the block. Within a table row, which is one block, only put a space after the part that ends."""
        if tag == "br" and self._verbatim:
            self._text.append("\n")
        elif self._rows and tag != "tr":
            self._text.append(" ")
        elif text := fold_blanks("".join(self._text)):
            self._text.clear()
            self.blocks.append(text)
        else:
            self._text.clear()


def is_hidden(element: etree._Element, tag: str) -> bool:
    style = element.get("style")
    return tag in HIDDEN_TAGS or element.get("hidden") is not None or bool(style and HIDING_STYLE.search(style))
