"""Decides whether a passage that a search has found answers the question."""

from __future__ import annotations

from processing.types import Hit

# Measured with `make eval`: with this value fewer than one in ten questions that the text answers are refused.
MIN_EVIDENCE = 0.37
# If there are vectors to compare, a likeness above the first value raises the evidence and one below lowers it, by the
# difference times the second.
NEUTRAL_LIKENESS, LIKENESS_SHARE = 0.6, 0.4
# A passage with at least this likeness answers, even if it holds none of the question's words.
SUFFICIENT_LIKENESS = 0.7
# For documents other than the one that the question was put to. Measured in the same way: of questions that they do not
# answer at most one in thirty gets a passage, of questions that they answer six to eight in ten.
CERTAIN_COVERAGE = 0.55
CERTAIN_LIKENESS = 0.8


def is_relevant(hit: Hit) -> bool:
    """Return whether the question names the passage, or the passage is close to its meaning or holds enough words."""
    return hit.named or hit.likeness >= SUFFICIENT_LIKENESS or measure_evidence(hit) >= MIN_EVIDENCE


def measure_evidence(hit: Hit) -> float:
    """Return the coverage, raised or lowered by the likeness if that is known (not 0)."""
    return hit.coverage + (LIKENESS_SHARE * (hit.likeness - NEUTRAL_LIKENESS) if hit.likeness else 0.0)


def is_certain(hit: Hit) -> bool:
    """Return whether the passage certainly answers, although the question was put to another document.

    ``named`` does not count here: a question about "article 3" is about article 3 of the document that it was put to.
    """
    return hit.likeness >= CERTAIN_LIKENESS or hit.coverage >= CERTAIN_COVERAGE
