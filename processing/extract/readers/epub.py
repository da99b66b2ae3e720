"""Reads EPUB: each chapter begins a new page, and a long chapter is cut into pages of about 3,000 characters."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import unquote

from lxml import etree

from errors import UserMistake
from processing.extract.paging import BREAK, page_blocks
from processing.extract.readers import html
from processing.extract.zip_guard import Packed
from processing.types import Page

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
# A book with scrambled fonts may still have readable text.
FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
MOST_CHAPTERS = 5000


def read(file: BinaryIO) -> tuple[int | None, Iterator[Page]]:
    """Return None and the pages. Raise ``UserMistake``, usually ``epub_damaged`` or ``epub_locked``."""
    packed = Packed(file, "epub_damaged")
    if CONTAINER not in packed.names:
        raise UserMistake("epub_damaged")
    check_unlocked(packed)
    chapters = [name for name in list_chapters(packed) if name in packed.names]
    if not chapters:
        raise UserMistake("epub_damaged")
    return None, page_blocks(iterate_chapter_blocks(packed, chapters))


def iterate_chapter_blocks(packed: Packed, chapters: list[str]) -> Iterator[str]:
    for chapter in chapters:
        yield BREAK
        raw = packed.read(chapter)
        if raw.strip():
            yield from html.list_blocks(html.parse(raw, "epub_damaged"))


def check_unlocked(packed: Packed) -> None:
    """Raise ``UserMistake`` (``epub_locked``) if anything but fonts is encrypted."""
    if ENCRYPTION not in packed.names:
        return
    methods = parse(packed.read(ENCRYPTION)).iter("{http://www.w3.org/2001/04/xmlenc#}EncryptionMethod")
    if any(method.get("Algorithm") not in FONT_SCRAMBLING for method in methods):
        raise UserMistake("epub_locked")


def list_chapters(packed: Packed) -> list[str]:
    """Return the names of the chapters' members in reading order (the EPUB's spine), each name once."""
    roots = [element.get("full-path") for element in parse(packed.read(CONTAINER)).iter("{*}rootfile")]
    if not roots or not roots[0] or roots[0] not in packed.names:
        raise UserMistake("epub_damaged")
    package = parse(packed.read(roots[0]))
    folder = posixpath.dirname(roots[0])
    items = {item.get("id"): item.get("href") or "" for item in package.iter("{*}item")}
    spine = [items.get(reference.get("idref"), "") for reference in package.iter("{*}itemref")]
    names = (posixpath.normpath(posixpath.join(folder, unquote(href))) for href in spine if href)
    return list(dict.fromkeys(names))[:MOST_CHAPTERS]


def parse(raw: bytes) -> etree._Element:
    """Parse XML without expanding entities or fetching anything. Raise ``UserMistake`` (``epub_damaged``)."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise UserMistake("epub_damaged")
    return root
