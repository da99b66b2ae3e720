"""Every place where words stand, counted over the documents that were asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from db.models import Document
from processing.questions.occurrences import choose_quotes, find_page, share_pages
from processing.retrieval.index_cache import IndexCache
from processing.retrieval.phrases import find_marks, list_candidates, list_query_phrases, list_tokens
from processing.retrieval.search import LoadedIndex
from processing.types import Answer, Passage, Quote, Span

SHOWN_QUOTES = 5


def find_occurrences(index_cache: IndexCache, asked: Sequence[Document], words: str, check_wanted: Callable[[], None]) -> Answer:
    """Where the words stand, with true counts, and the first few passages; an empty answer where nowhere.

    ``check_wanted`` raises when nobody waits for it any more.
    """
    counted, quotes = [], []
    for document in asked:
        check_wanted()
        pages, shown = look_into(index_cache.open_index(document), document, words)
        counted.append((document.name, pages))
        quotes.append(shown)
    return Answer(choose_quotes(quotes, SHOWN_QUOTES), places=share_pages(counted))


def look_into(loaded_index: LoadedIndex, document: Document, words: str) -> tuple[Counter[int], list[Quote]]:
    """How often the words stand on each page, and the first passages that hold them, of as many pages."""
    pages, quotes = Counter[int](), dict[int, Quote]()
    for passage, marks in list_holding(loaded_index, words):
        places = [find_page(passage, start) for start, _ in marks]
        pages.update(places)
        if len(quotes) < SHOWN_QUOTES:
            quotes.setdefault(places[0], make_quote(document, passage, places[0], marks))
    return pages, list(quotes.values())


def list_holding(loaded_index: LoadedIndex, words: str) -> Iterator[tuple[Passage, list[Span]]]:
    """Passages that hold all the words, and where; what runs on into the next passage stands in the first."""
    language, passages = loaded_index.lexical.language, loaded_index.passages
    phrases = list_query_phrases(words, language)
    if not phrases:
        return
    running = any(len(phrase.tokens) > 1 for phrase in phrases)
    for number in list_candidates(loaded_index.lexical, words):
        text, own = passages[number].text, len(passages[number].text)
        if running and number + 1 < len(passages):
            text += "\n" + passages[number + 1].text
        if marks := find_marks(phrases, list_tokens(text, language), own):
            yield passages[number], [(start, min(end, own)) for start, end in marks]


def make_quote(document: Document, passage: Passage, page: int, marks: Sequence[Span]) -> Quote:
    fencing_token = document.words_version or 0
    place = (document.id, document.name, page, page, passage.text)
    return Quote(*place, marks[0], passage.index, fencing_token, marks=tuple(marks))
