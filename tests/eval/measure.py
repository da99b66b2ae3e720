"""Measures at which rank of a search the passage with the answer stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.eval.xquad import Asked, count_letters

DEPTH = 10
Span = tuple[int, int]


def list_spans(texts: Iterable[str]) -> list[Span]:
    """The span of each passage in the whole text, counted in characters that are not white space.

    The passages must follow each other without loss.
    """
    spans, total = list[Span](), 0
    for text in texts:
        spans.append((total, total := total + count_letters(text)))
    return spans


def find_rank(found: Iterable[int], spans: Sequence[Span], asked: Asked, paragraph_start: int) -> int | None:
    """The rank, from 1, of the first passage found that holds the whole answer; None if none does.

    ``found`` holds numbers of passages, best first. ``paragraph_start`` is counted as ``spans`` are.
    """
    start, end = paragraph_start + asked.start, paragraph_start + asked.end
    for rank, number in enumerate(found, 1):
        if spans[number][0] <= start and end <= spans[number][1]:
            return rank
    return None


def summarise(ranks: Sequence[int | None]) -> dict[str, float]:
    """The share of questions answered within 1, 3 and 5 passages, and the mean of 1/rank, 0 beyond ``DEPTH``."""
    shares = {
        f"recall@{depth}": sum(bool(rank and rank <= depth) for rank in ranks) / len(ranks) for depth in (1, 3, 5)
    }
    return {**shares, f"mrr@{DEPTH}": sum(1 / rank for rank in ranks if rank and rank <= DEPTH) / len(ranks)}
