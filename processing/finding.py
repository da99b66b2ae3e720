"""Every place where words stand, counted over the documents that were asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from db.models import Document
from processing.results import Answer, Passage, Quote
from processing.retrieval.search import Volume
from processing.retrieval.units import list_candidates, list_needles, list_units
from processing.rules.places import Span, choose_quotes, find_marks, find_page, share_pages
from processing.shelf import Shelf

SHOWN_QUOTES = 5


def find_places(shelf: Shelf, asked: Sequence[Document], words: str, check_wanted: Callable[[], None]) -> Answer:
    """Where the words stand, with true counts, and the first few passages; an empty answer where nowhere.

    ``check_wanted`` raises when nobody waits for it any more.
    """
    counted, quotes = [], []
    for document in asked:
        check_wanted()
        pages, shown = look_into(shelf.open_volume(document), document, words)
        counted.append((document.name, pages))
        quotes.append(shown)
    return Answer(choose_quotes(quotes, SHOWN_QUOTES), places=share_pages(counted))


def look_into(volume: Volume, document: Document, words: str) -> tuple[Counter[int], list[Quote]]:
    """How often the words stand on each page, and the first passages that hold them, of as many pages."""
    pages, quotes = Counter[int](), dict[int, Quote]()
    for passage, marks in list_holding(volume, words):
        places = [find_page(passage, start) for start, _ in marks]
        pages.update(places)
        if len(quotes) < SHOWN_QUOTES:
            quotes.setdefault(places[0], make_quote(document, passage, places[0], marks))
    return pages, list(quotes.values())


def list_holding(volume: Volume, words: str) -> Iterator[tuple[Passage, list[Span]]]:
    """Passages that hold all the words, and where; what runs on into the next passage stands in the first."""
    language, passages = volume.lexical.language, volume.passages
    needles = list_needles(words, language)
    if not needles:
        return
    running = any(len(needle.units) > 1 for needle in needles)
    for number in list_candidates(volume.lexical, words):
        text, own = passages[number].text, len(passages[number].text)
        if running and number + 1 < len(passages):
            text += "\n" + passages[number + 1].text
        if marks := find_marks(needles, list_units(text, language), own):
            yield passages[number], [(start, min(end, own)) for start, end in marks]


def make_quote(document: Document, passage: Passage, page: int, marks: Sequence[Span]) -> Quote:
    fence = document.words_fence or 0
    place = (document.id, document.name, page, page, passage.text)
    return Quote(*place, marks[0], passage.index, fence, marks=tuple(marks))
