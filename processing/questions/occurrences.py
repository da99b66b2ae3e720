"""Counts occurrences by page, and finds the pages of a part of a passage."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import chain, zip_longest

from processing.types import Occurrences, Passage, Quote, Span

# The most pages that are listed in one answer; but for each document at least the second number, so that answers from
# more than twelve documents may list more.
MAX_LISTED_PAGES, MIN_LISTED_PAGES = 60, 5


def find_page(source: Passage | Quote, offset: int) -> int:
    """Return the page of the character at ``offset`` of the passage, or the passage's first page if it is not known."""
    number = bisect_right([start for start, _ in source.page_breaks], offset)
    return source.page_breaks[number - 1][1] if number else source.first_page


def find_pages(source: Passage | Quote, span: Span) -> tuple[int, int]:
    """Return the first and last page of a span, or those of the passage if the span is empty or they are not known."""
    start, end = span
    if start >= end or not source.page_breaks:
        return source.first_page, source.last_page
    return find_page(source, start), find_page(source, end - 1)


def list_occurrences(counted: Sequence[tuple[str, Counter[int]]]) -> tuple[Occurrences, ...]:
    """Return the occurrences in each document that has any, the document with the most first.

    ``counted`` holds the name of each document, and how often the words are on each of its pages. Each document lists
    an equal share of ``MAX_LISTED_PAGES``, but at least ``MIN_LISTED_PAGES``.
    """
    holding = sorted((pair for pair in counted if pair[1]), key=lambda pair: -pair[1].total())
    listed = max(MIN_LISTED_PAGES, MAX_LISTED_PAGES // max(1, len(holding)))
    return tuple(make_occurrences(name, pages, listed) for name, pages in holding)


def make_occurrences(name: str, pages: Counter[int], listed: int) -> Occurrences:
    return Occurrences(name, pages.total(), len(pages), tuple(sorted(pages.items())[:listed]))


def take_in_turn(quotes: Sequence[Sequence[Quote]], limit: int) -> tuple[Quote, ...]:
    """Return at most ``limit`` quotes: the first of each document, then the second of each, and so on."""
    in_turn = chain(*zip_longest(*quotes))
    return tuple([quote for quote in in_turn if quote is not None][:limit])
