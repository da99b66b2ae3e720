"""Decides whether a passage that a search has found answers the question."""

from __future__ import annotations

from processing.types import Hit

# Measured with `make eval`: with this relevance about one in six questions that the text answers is refused.
MIN_RELEVANCE = -4.0
# For documents other than the one that the question was put to.
CERTAIN_RELEVANCE = 2.0
# Where no reader has read the passage, the share of the question's words that it must hold.
MIN_COVERAGE, CERTAIN_COVERAGE = 0.37, 0.55


def is_relevant(hit: Hit) -> bool:
    """Return whether the question names the passage, or the reader finds that it answers."""
    return hit.named or is_supported(hit, MIN_RELEVANCE, MIN_COVERAGE)


def is_certain(hit: Hit) -> bool:
    """Return whether the passage certainly answers, although the question was put to another document.

    ``named`` does not count here: a question about "article 3" is about article 3 of the document that it was put to.
    """
    return is_supported(hit, CERTAIN_RELEVANCE, CERTAIN_COVERAGE)


def is_supported(hit: Hit, relevance: float, coverage: float) -> bool:
    return hit.coverage >= coverage if hit.reading is None else hit.reading.relevance >= relevance
