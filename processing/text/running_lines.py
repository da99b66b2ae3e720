"""Removes running headers and footers: first and last lines that neighbouring pages share."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# A line is a running line if at least FEWEST_ALIKE of the pages around its page share it. REACH pages on each side are
# compared, because left and right pages often have different lines.
REACH = 4
FEWEST_ALIKE = 2
# On a page with fewer lines, a line that other pages share is likely to be content.
FEWEST_LINES = 6
LONGEST_LINE = 100
FEWEST_WORDS = 3
NUMBER = re.compile(r"\d{1,9}")
PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|p|pag|pagina|página|seite|стр)\W*)?#(?:\W*(?:of|von|di|de|sur|из)?\W*#)?\W*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or last line of a page: its ``words`` with ``#`` for every number, and the numbers."""

    page: int
    words: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page, counted from 0, and its lines without blank ones at either end."""

    page: int
    lines: list[str]
    top: Edge
    bottom: Edge


def drop_running_lines(pages: Iterable[str]) -> Iterator[str]:
    """Yield the pages without running first and last lines, after reading ``REACH`` pages ahead.

    The first occurrence of a running line stays, so that its words can be found, unless it is only a page number.
    """
    window: deque[Sheet] = deque(maxlen=2 * REACH + 1)
    waiting: deque[Sheet] = deque()
    met: set[str] = set()
    for page, text in enumerate(pages):
        sheet = make_sheet(page, text)
        window.append(sheet)
        waiting.append(sheet)
        if len(waiting) > REACH:
            yield strip_edges(waiting.popleft(), window, met)
    while waiting:
        yield strip_edges(waiting.popleft(), window, met)


def make_sheet(page: int, text: str) -> Sheet:
    lines = text.strip().splitlines() or [""]
    return Sheet(page, lines, make_edge(page, lines[0]), make_edge(page, lines[-1]))


def make_edge(page: int, line: str) -> Edge:
    line = line.strip()
    return Edge(page, NUMBER.sub("#", line), tuple(int(number) for number in NUMBER.findall(line)))


def strip_edges(sheet: Sheet, window: Iterable[Sheet], met: set[str]) -> str:
    if len(sheet.lines) < FEWEST_LINES:
        return "\n".join(sheet.lines)
    near = [other for other in window if other is not sheet and abs(other.page - sheet.page) <= REACH]
    first = 1 if is_running(sheet.top, [other.top for other in near], met) else 0
    last = len(sheet.lines) - (1 if is_running(sheet.bottom, [other.bottom for other in near], met) else 0)
    return "\n".join(sheet.lines[first:last])


def is_running(edge: Edge, others: list[Edge], met: set[str]) -> bool:
    """Return whether the line is to be removed: pages around it share it, and it is a page number or is in ``met``.

    A shared line that is not in ``met`` is added to it.
    """
    if not edge.words or len(edge.words) > LONGEST_LINE:
        return False
    if sum(is_alike(edge, other) for other in others) < FEWEST_ALIKE:
        return False
    if PAGE_NUMBER.fullmatch(edge.words) or edge.words in met:
        return True
    met.add(edge.words)
    return False


def is_alike(one: Edge, other: Edge) -> bool:
    """Return whether the lines are the same, or differ only by a page number that rises from page to page."""
    if one.words != other.words or len(one.numbers) != len(other.numbers):
        return False
    rising = [index for index, pair in enumerate(zip(one.numbers, other.numbers, strict=True)) if pair[0] != pair[1]]
    if any(one.numbers[index] - other.numbers[index] != one.page - other.page for index in rising):
        return False
    return not rising or bool(PAGE_NUMBER.fullmatch(one.words)) or has_number_at_end(one, rising)


def has_number_at_end(edge: Edge, rising: list[int]) -> bool:
    """Return whether a line of at least ``FEWEST_WORDS`` words begins or ends with its only rising number.

    Shorter lines do not count: ``Chapter 7`` on page 7 is a heading.
    """
    if len(edge.words.split()) < FEWEST_WORDS or len(rising) != 1:
        return False
    at_start = edge.words.startswith("#") and rising[0] == 0
    return at_start or (edge.words.endswith("#") and rising[0] == len(edge.numbers) - 1)
