"""Where words stand: in which passages, how often, on which pages."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from processing.results import Passage, Places, Quote

QUOTED = re.compile(r'["“”„«»「『]([^"“”„«»「」『』]+)["“”«»」』]')
MOST_PAGES, FEWEST_PAGES = 60, 5
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, or a sign where words have no spaces, from ``start`` to ``end`` of its text.

    ``exact`` is without case and accents, ``term`` without the ending, too; ``gap`` is what stands before it, without
    white space. The last unit of a text has no word: it ends the text.
    """

    exact: str
    term: str
    gap: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Needle:
    """Units that are looked for side by side: an ``exact`` one in no other form and between the same signs."""

    units: tuple[Unit, ...]
    exact: bool
    tail: str = ""


def list_wanted(words: str) -> list[tuple[str, bool]]:
    """What a person looks for: each word, and each phrase in quotation marks as (words, True)."""
    phrases = [(phrase, True) for phrase in QUOTED.findall(words)]
    return list(dict.fromkeys([*phrases, *((word, False) for word in QUOTED.sub(" ", words).split())]))


def make_needle(units: Sequence[Unit], *, exact: bool) -> Needle:
    """Of the units of a text, its last one included."""
    return Needle(tuple(units[:-1]), exact, units[-1].gap if exact else "")


def find_marks(needles: Sequence[Needle], units: Sequence[Unit], end: int) -> list[Span]:
    """Where the needles stand in a text, those that begin before ``end``; none unless each of them does.

    Of places that overlap the first counts, and of two that begin together the longer.
    """
    found = [[span for span in find_all(needle, units) if span[0] < end] for needle in needles]
    if not all(found):
        return []
    marks: list[Span] = []
    for span in sorted(chain(*found), key=lambda span: (span[0], -span[1])):
        if not marks or span[0] >= marks[-1][1]:
            marks.append(span)
    return marks


def find_all(needle: Needle, units: Sequence[Unit]) -> list[Span]:
    """In reading order, none overlapping another."""
    size, place, spans = len(needle.units), 0, []
    while place + size < len(units):
        if stands_at(needle, units, place):
            spans.append((units[place].start, units[place + size - 1].end))
            place += size
        else:
            place += 1
    return spans


def stands_at(needle: Needle, units: Sequence[Unit], place: int) -> bool:
    for number, wanted in enumerate(needle.units):
        given = units[place + number]
        if given.exact != wanted.exact and (needle.exact or given.term != wanted.term):
            return False
        if number and given.gap != wanted.gap:
            return False
    if not needle.exact:
        return True
    after = units[place + len(needle.units)].gap
    return units[place].gap.endswith(needle.units[0].gap) and after.startswith(needle.tail)


def find_page(passage: Passage | Quote, place: int) -> int:
    """The page on which this place of the passage stands; the first one where nothing tells."""
    turned = bisect_right([start for start, _ in passage.turns], place)
    return passage.turns[turned - 1][1] if turned else passage.first_page


def find_pages(source: Passage | Quote, mark: Span) -> tuple[int, int]:
    """The first and the last page that these words of a passage stand on; all its pages where nothing tells."""
    start, end = mark
    if start >= end or not source.turns:
        return source.first_page, source.last_page
    return find_page(source, start), find_page(source, end - 1)


def share_pages(counted: Sequence[tuple[str, Counter[int]]]) -> tuple[Places, ...]:
    """Of each document that holds the words, most times first, as many pages as there is room to list."""
    holding = sorted((pair for pair in counted if pair[1]), key=lambda pair: -pair[1].total())
    room = max(FEWEST_PAGES, MOST_PAGES // max(1, len(holding)))
    return tuple(list_places(name, pages, room) for name, pages in holding)


def list_places(name: str, pages: Counter[int], room: int) -> Places:
    return Places(name, pages.total(), len(pages), tuple(sorted(pages.items())[:room]))


def choose_quotes(quotes: Sequence[Sequence[Quote]], most: int) -> tuple[Quote, ...]:
    """The first of each document, then the second of each, and so on."""
    in_turn = chain(*zip_longest(*quotes))
    return tuple([quote for quote in in_turn if quote is not None][:most])
