"""Where words stand: in which passages, how often, on which pages."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import chain, zip_longest

from processing.types import Occurrences, Passage, Quote, Span

MOST_PAGES, FEWEST_PAGES = 60, 5


def find_page(passage: Passage | Quote, place: int) -> int:
    """The page on which this place of the passage stands; the first one where nothing tells."""
    turned = bisect_right([start for start, _ in passage.page_breaks], place)
    return passage.page_breaks[turned - 1][1] if turned else passage.first_page


def find_pages(source: Passage | Quote, mark: Span) -> tuple[int, int]:
    """The first and the last page that these words of a passage stand on; all its pages where nothing tells."""
    start, end = mark
    if start >= end or not source.page_breaks:
        return source.first_page, source.last_page
    return find_page(source, start), find_page(source, end - 1)


def share_pages(counted: Sequence[tuple[str, Counter[int]]]) -> tuple[Occurrences, ...]:
    """Of each document that holds the words, most times first, as many pages as there is room to list."""
    holding = sorted((pair for pair in counted if pair[1]), key=lambda pair: -pair[1].total())
    room = max(FEWEST_PAGES, MOST_PAGES // max(1, len(holding)))
    return tuple(count_occurrences(name, pages, room) for name, pages in holding)


def count_occurrences(name: str, pages: Counter[int], room: int) -> Occurrences:
    return Occurrences(name, pages.total(), len(pages), tuple(sorted(pages.items())[:room]))


def choose_quotes(quotes: Sequence[Sequence[Quote]], most: int) -> tuple[Quote, ...]:
    """The first of each document, then the second of each, and so on."""
    in_turn = chain(*zip_longest(*quotes))
    return tuple([quote for quote in in_turn if quote is not None][:most])
