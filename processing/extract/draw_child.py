"""The drawing child: draws one page of an untrusted PDF. ``processing.locks.child`` runs it.

Its arguments are the first and the last page to look at, and the most pixels that the pictures on a page may have
together. Its input is a JSON object with the ``passage`` and the
``words`` in it to highlight; its output is a line of JSON (``page``, ``found``) and then the bytes of a JPEG.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageDraw

from processing.locks.order import Task
from processing.text.matching import fold
from processing.types import Span

WIDTH, TALLEST = 1200, 2400
# Telegram refuses pictures whose sides differ more than twentyfold.
LONGEST_RATIO = 15
PASSAGE_COLOUR, WORDS_COLOUR = (255, 224, 0, 80), (255, 150, 0, 110)
# A part of the passage with fewer letters may be on a page by chance.
FEWEST_LETTERS = 12
PADDING = 2
QUALITY = 85
NOWHERE: Span = (0, 0)
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Found:
    """The spans of the passage and of the words on a page, in PDFium's characters; ``NOWHERE`` if they are absent."""

    page: int
    passage: Span
    words: Span

    @property
    def lengths(self) -> tuple[int, int]:
        """The numbers of characters of the words and of the passage on the page. The page with the most is drawn."""
        return self.words[1] - self.words[0], self.passage[1] - self.passage[0]


def main(task: Task) -> None:
    assert task.file is not None
    first, last, pixels = map(int, task.arguments)
    wanted = json.load(sys.stdin)
    found, picture = draw_passage(task.file, range(first, last + 1), wanted["passage"], wanted["words"], pixels)
    task.out.write(json.dumps({"page": found.page, "found": found.lengths != (0, 0)}).encode() + b"\n" + picture)


def draw_passage(file: BinaryIO, numbers: range, passage: str, words: str, pixels: int) -> tuple[Found, bytes]:
    """Draw the page that holds most of the words, or else most of the passage, with both highlighted.

    Return the spans on that page, and a JPEG. Raise ``ValueError`` if the document has none of the pages, or if the
    pictures on the page have more than so many ``pixels``.
    """
    with closing(pypdfium2.PdfDocument(file)) as document:
        present = [number for number in numbers if 1 <= number <= len(document)]
        candidates = [find_on_page(document, number, passage, words) for number in present]
        best = max(candidates, key=lambda found: found.lengths)
        with closing(document[best.page - 1]) as page:
            check_pictures(page, pixels)
            return best, draw_page(page, best)


def check_pictures(page: pypdfium2.PdfPage, pixels: int) -> None:
    """Raise ``ValueError`` if the pictures on the page have more pixels, which PDFium would unpack to draw it."""
    total = 0
    for picture in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,)):
        with suppress(pypdfium2.PdfiumError):
            width, height = picture.get_px_size()
            total += width * height
        if total > pixels:
            raise ValueError("too many pixels")


def find_on_page(document: pypdfium2.PdfDocument, number: int, passage: str, words: str) -> Found:
    """Find the passage and the words on a page. Nothing is found if PDFium cannot read the page."""
    with suppress(pypdfium2.PdfiumError), closing(document[number - 1]) as page, closing(page.get_textpage()) as text:
        letters = read_letters(text)
        whole = find_span(letters, passage)
        return Found(number, whole, find_span(letters, words, whole))
    return Found(number, NOWHERE, NOWHERE)


def read_letters(text: pypdfium2.PdfTextPage) -> str:
    """Return the page's text with one character for each character of PDFium, so that indexes fit both."""
    codes = (pdfium.FPDFText_GetUnicode(text, index) for index in range(text.count_chars()))
    return "".join(" " if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code) for code in codes)


def find_span(letters: str, wanted: str, within: Span = NOWHERE) -> Span:
    """Return the span of the wanted text, or of its longest part on the page, or ``NOWHERE``.

    Only a part is there if a passage goes on on the next page. Of several occurrences the first one from the start of
    ``within`` on is returned, or else the first one on the page.
    """
    page, sought = fold(letters), fold(wanted)
    if not sought.letters:
        return NOWHERE
    start = next((index for index, offset in enumerate(page.offsets) if offset >= within[0]), 0)
    index, size = page.letters.find(sought.letters, start), len(sought.letters)
    if index < 0:
        index = page.letters.find(sought.letters)
    if index < 0:
        match = SequenceMatcher(None, page.letters, sought.letters, autojunk=False).find_longest_match()
        if match.size < FEWEST_LETTERS:
            return NOWHERE
        index, size = match.a, match.size
    return page.offsets[index], page.offsets[index + size - 1] + 1


def draw_page(page: pypdfium2.PdfPage, found: Found) -> bytes:
    """Return a JPEG that is ``WIDTH`` pixels wide, or ``TALLEST`` pixels tall if it would be taller than that.

    Raise ``ValueError`` for a page whose shape Telegram refuses.
    """
    width, height = page.get_size()
    if min(width, height) <= 0 or max(width / height, height / width) > LONGEST_RATIO:
        raise ValueError("no shape for a picture")
    bitmap = page.render(scale=min(WIDTH / width, TALLEST / height))
    picture = bitmap.to_pil().convert("RGBA")
    colours = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen, converter = ImageDraw.Draw(colours), bitmap.get_posconv(page)
    with closing(page.get_textpage()) as text:
        for span, colour in ((found.passage, PASSAGE_COLOUR), (found.words, WORDS_COLOUR)):
            for left, bottom, right, top in iterate_boxes(text, span):
                (x, y), (u, v) = converter.to_bitmap(left, top), converter.to_bitmap(right, bottom)
                corners = (min(x, u) - PADDING, min(y, v) - PADDING, max(x, u) + PADDING, max(y, v) + PADDING)
                pen.rectangle(corners, fill=colour)
    file = io.BytesIO()
    Image.alpha_composite(picture, colours).convert("RGB").save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def iterate_boxes(text: pypdfium2.PdfTextPage, span: Span) -> Iterator[Box]:
    """Yield a box for each line of the span: its left, bottom, right and top in the page's units."""
    if span[1] > span[0]:
        for index in range(text.count_rects(span[0], span[1] - span[0])):
            yield text.get_rect(index)
