"""Running headers and footers: lines that neighbouring pages share and that belong to none of them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Left and right pages often differ, so of four neighbours on each side two have to agree.
REACH = 4
FEWEST_ALIKE = 2
# On a page of few lines a repeated one is likely to be what the page is about.
FEWEST_LINES = 6
LONGEST_LINE = 100
FEWEST_WORDS = 3
NUMBER = re.compile(r"\d{1,9}")
PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|p|pag|pagina|página|seite|стр)\W*)?#(?:\W*(?:of|von|di|de|sur|из)?\W*#)?\W*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or last line of a page: its words with ``#`` for figures, and the figures."""

    place: int
    words: str
    figures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page's lines, none of them blank at either end."""

    place: int
    lines: list[str]
    top: Edge
    bottom: Edge


def drop_running_lines(pages: Iterable[str]) -> Iterator[str]:
    """The pages without first and last lines that run through their neighbours; looks ``REACH`` pages ahead.

    A running line stays where it is met first, so that its words can still be found; mere page numbers go.
    """
    window: deque[Sheet] = deque(maxlen=2 * REACH + 1)
    waiting: deque[Sheet] = deque()
    met: set[str] = set()
    for place, text in enumerate(pages):
        sheet = make_sheet(place, text)
        window.append(sheet)
        waiting.append(sheet)
        if len(waiting) > REACH:
            yield strip_edges(waiting.popleft(), window, met)
    while waiting:
        yield strip_edges(waiting.popleft(), window, met)


def make_sheet(place: int, text: str) -> Sheet:
    lines = text.strip().splitlines() or [""]
    return Sheet(place, lines, make_edge(place, lines[0]), make_edge(place, lines[-1]))


def make_edge(place: int, line: str) -> Edge:
    line = line.strip()
    return Edge(place, NUMBER.sub("#", line), tuple(int(figure) for figure in NUMBER.findall(line)))


def strip_edges(sheet: Sheet, window: Iterable[Sheet], met: set[str]) -> str:
    if len(sheet.lines) < FEWEST_LINES:
        return "\n".join(sheet.lines)
    near = [other for other in window if other is not sheet and abs(other.place - sheet.place) <= REACH]
    first = 1 if is_superfluous(sheet.top, [other.top for other in near], met) else 0
    last = len(sheet.lines) - (1 if is_superfluous(sheet.bottom, [other.bottom for other in near], met) else 0)
    return "\n".join(sheet.lines[first:last])


def is_superfluous(edge: Edge, others: list[Edge], met: set[str]) -> bool:
    """Whether it runs through the neighbours and, having words, was met before."""
    if not edge.words or len(edge.words) > LONGEST_LINE:
        return False
    if sum(is_alike(edge, other) for other in others) < FEWEST_ALIKE:
        return False
    if PAGE_NUMBER.fullmatch(edge.words) or edge.words in met:
        return True
    met.add(edge.words)
    return False


def is_alike(one: Edge, other: Edge) -> bool:
    """The same line, or the same but for a page number that rises with the pages."""
    if one.words != other.words or len(one.figures) != len(other.figures):
        return False
    rising = [place for place, pair in enumerate(zip(one.figures, other.figures, strict=True)) if pair[0] != pair[1]]
    if any(one.figures[place] - other.figures[place] != one.place - other.place for place in rising):
        return False
    return not rising or bool(PAGE_NUMBER.fullmatch(one.words)) or has_number_outside(one, rising)


def has_number_outside(edge: Edge, rising: list[int]) -> bool:
    """A page number stands at an end of its line; ``Chapter 7`` at the top of page 7 is a heading of its own."""
    if len(edge.words.split()) < FEWEST_WORDS or len(rising) != 1:
        return False
    at_start = edge.words.startswith("#") and rising[0] == 0
    return at_start or (edge.words.endswith("#") and rising[0] == len(edge.figures) - 1)
