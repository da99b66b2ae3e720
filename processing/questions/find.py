"""Finds and counts every occurrence of words in documents."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from db.operations.documents import SomeDocument
from processing.questions.occurrences import find_page, list_occurrences, take_in_turn
from processing.retrieval.index_cache import IndexCache
from processing.retrieval.phrases import list_candidates, list_matches, list_query_phrases, list_tokens
from processing.retrieval.search import LoadedIndex
from processing.types import Answer, Passage, Quote, Span

SHOWN_QUOTES = 5
CHECK_SECONDS = 0.5
# Other people wait for the thread that searches, so a search ends after these seconds with what it has found.
LONGEST_SECONDS = 8.0


def find_occurrences(
    index_cache: IndexCache, asked: Sequence[SomeDocument], words: str, check_wanted: Callable[[], None]
) -> Answer:
    """Return an answer with the number of occurrences, and the first few passages. It is empty if there are none.

    ``check_wanted`` is called now and then. It raises an error if the answer is no longer wanted. A search that takes
    too long ends early, and the answer has a note that says so.
    """
    counted, quotes = [], []
    patience = Patience(check_wanted)
    for document in index_cache.list_holders(asked, words):
        if patience.is_over():
            break
        pages, shown = count_in_document(index_cache.open_index(document), document, words, patience.is_over)
        counted.append((document.name, pages))
        quotes.append(shown)
    note_key = "note_not_all_searched" if patience.over else ""
    return Answer(take_in_turn(quotes, SHOWN_QUOTES), note_key=note_key, occurrences=list_occurrences(counted))


class Patience:
    """Is over after ``LONGEST_SECONDS``. Calls ``check_wanted`` first, and then every ``CHECK_SECONDS``."""

    def __init__(self, check_wanted: Callable[[], None]) -> None:
        self.check_wanted = check_wanted
        self.over = False
        self._end = time.monotonic() + LONGEST_SECONDS
        self._next_check = -math.inf

    def is_over(self) -> bool:
        """Return True if the search must end. Raise an error if its answer is no longer wanted."""
        now = time.monotonic()
        if now >= self._next_check:
            self._next_check = now + CHECK_SECONDS
            self.check_wanted()
        self.over = now >= self._end
        return self.over


def is_never_over() -> bool:
    """For a search without a limit."""
    return False


def count_in_document(
    loaded_index: LoadedIndex, document: SomeDocument, words: str, is_over: Callable[[], bool] = is_never_over
) -> tuple[Counter[int], list[Quote]]:
    """Return how often the words are on each page, and the first passages that hold them, at most one a page."""
    pages, quotes = Counter[int](), dict[int, Quote]()
    for passage, spans in iterate_holders(loaded_index, words, is_over):
        span_pages = [find_page(passage, start) for start, _ in spans]
        pages.update(span_pages)
        if len(quotes) < SHOWN_QUOTES:
            quotes.setdefault(span_pages[0], make_quote(document, passage, span_pages[0], spans))
    return pages, list(quotes.values())


def iterate_holders(
    loaded_index: LoadedIndex, words: str, is_over: Callable[[], bool] = is_never_over
) -> Iterator[tuple[Passage, list[Span]]]:
    """Yield the passages that hold all words and phrases, with their spans.

    A phrase needs only to begin in the passage and may go on in the next one. Its span ends with the passage in which
    it begins. No more passages are searched once ``is_over`` returns True.
    """
    language, passages = loaded_index.lexical.language, loaded_index.passages
    phrases = list_query_phrases(words, language)
    if not phrases:
        return
    may_run_on = any(len(phrase.tokens) > 1 for phrase in phrases)
    for number in list_candidates(loaded_index.lexical, words):
        if is_over():
            return
        text, length = passages[number].text, len(passages[number].text)
        if may_run_on and number + 1 < len(passages):
            text += "\n" + passages[number + 1].text
        if spans := list_matches(phrases, list_tokens(text, language), length):
            yield passages[number], [(start, min(end, length)) for start, end in spans]


def make_quote(document: SomeDocument, passage: Passage, page: int, spans: Sequence[Span]) -> Quote:
    return Quote(
        document.id,
        document.name,
        page,
        page,
        passage.text,
        mark=spans[0],
        index=passage.index,
        version=document.words_version or 0,
        marks=tuple(spans),
    )
