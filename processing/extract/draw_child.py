"""The drawing child: ``python -m processing.extract.draw_child PATH FIRST LAST MEMORY CPU`` draws one page of a PDF.

It reads the passage and the words in it as JSON, and writes a line of JSON and then the bytes of a JPEG.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from difflib import SequenceMatcher

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageDraw

from processing.extract.read_child import die_with_parent, set_limits
from processing.questions.generation.verify_citations import fold

WIDTH, TALLEST = 1200, 2400
# Telegram refuses pictures that are longer than twenty times their width.
LONGEST_RATIO = 15
PASSAGE_COLOUR, WORDS_COLOUR = (255, 224, 0, 80), (255, 150, 0, 110)
# A part of the passage shorter than this may stand on a page by chance.
FEWEST_LETTERS = 12
PADDING = 2
QUALITY = 85
Box = tuple[float, float, float, float]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where on a page the passage and the words stand, as numbers of PDFium's characters; (0, 0) for nowhere."""

    number: int
    passage: Span
    words: Span

    @property
    def worth(self) -> tuple[int, int]:
        return self.words[1] - self.words[0], self.passage[1] - self.passage[0]


def main() -> int:
    path, first, last, memory, cpu = sys.argv[1], *map(int, sys.argv[2:6])
    die_with_parent()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    set_limits(memory, cpu)
    wanted = json.load(sys.stdin)
    places, picture = draw_passage(path, range(first, last + 1), wanted["passage"], wanted["words"])
    out.write(json.dumps({"page": places.number, "found": places.worth != (0, 0)}).encode() + b"\n" + picture)
    out.flush()
    os._exit(0)


def draw_passage(path: str, numbers: range, passage: str, words: str) -> tuple[Occurrences, bytes]:
    """The page that holds most of the words, else of the passage, with both coloured."""
    with closing(pypdfium2.PdfDocument(path)) as document:
        held = [number for number in numbers if 1 <= number <= len(document)]
        best = max((find_occurrences(document, number, passage, words) for number in held), key=lambda found: found.worth)
        with closing(document[best.number - 1]) as page:
            return best, draw_page(page, best)


def find_occurrences(document: pypdfium2.PdfDocument, number: int, passage: str, words: str) -> Occurrences:
    """A page whose text can't be read holds nothing."""
    with suppress(pypdfium2.PdfiumError), closing(document[number - 1]) as page, closing(page.get_textpage()) as text:
        letters = read_letters(text)
        whole = find_span(letters, passage)
        return Occurrences(number, whole, find_span(letters, words, whole))
    return Occurrences(number, (0, 0), (0, 0))


def read_letters(text: pypdfium2.PdfTextPage) -> str:
    """One character for each that PDFium counts, so that places in the string are PDFium's."""
    codes = (pdfium.FPDFText_GetUnicode(text, place) for place in range(text.count_chars()))
    return "".join(" " if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code) for code in codes)


def find_span(letters: str, wanted: str, within: Span = (0, 0)) -> Span:
    """From where to where the wanted text stands: whole, else its longest part (a passage may run over a page's end).

    Where it stands more than once, the place inside ``within`` counts.
    """
    given, sought = fold(letters), fold(wanted)
    if not sought.letters:
        return 0, 0
    start = next((n for n, place in enumerate(given.places) if place >= within[0]), 0)
    place, size = given.letters.find(sought.letters, start), len(sought.letters)
    if place < 0:
        place = given.letters.find(sought.letters)
    if place < 0:
        match = SequenceMatcher(None, given.letters, sought.letters, autojunk=False).find_longest_match()
        if match.size < FEWEST_LETTERS:
            return 0, 0
        place, size = match.a, match.size
    return given.places[place], given.places[place + size - 1] + 1


def draw_page(page: pypdfium2.PdfPage, places: Occurrences) -> bytes:
    """``WIDTH`` pixels wide, less where the page would be too tall; ``ValueError`` for a page of impossible shape."""
    width, height = page.get_size()
    if min(width, height) <= 0 or max(width / height, height / width) > LONGEST_RATIO:
        raise ValueError("no shape for a picture")
    bitmap = page.render(scale=min(WIDTH / width, TALLEST / height))
    picture = bitmap.to_pil().convert("RGBA")
    colours = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen, position = ImageDraw.Draw(colours), bitmap.get_posconv(page)
    with closing(page.get_textpage()) as text:
        for span, colour in ((places.passage, PASSAGE_COLOUR), (places.words, WORDS_COLOUR)):
            for left, bottom, right, top in list_boxes(text, span):
                (x, y), (u, v) = position.to_bitmap(left, top), position.to_bitmap(right, bottom)
                corners = (min(x, u) - PADDING, min(y, v) - PADDING, max(x, u) + PADDING, max(y, v) + PADDING)
                pen.rectangle(corners, fill=colour)
    file = io.BytesIO()
    Image.alpha_composite(picture, colours).convert("RGB").save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def list_boxes(text: pypdfium2.PdfTextPage, span: Span) -> Iterator[Box]:
    """Left, bottom, right, top of each piece of a line, in the page's own measure."""
    if span[1] > span[0]:
        for number in range(text.count_rects(span[0], span[1] - span[0])):
            yield text.get_rect(number)


if __name__ == "__main__":
    sys.exit(main())
