"""Decides whether a passage that a search found answers the question at all."""

from __future__ import annotations

from processing.types import Hit

# Measured with `make eval`: with this value about one question in ten that the text does answer is refused.
MIN_EVIDENCE = 0.37
# Where there are vectors to compare, a likeness above this raises the evidence and one below lowers it.
NEUTRAL_LIKENESS, LIKENESS_SHARE = 0.6, 0.4
# A passage with this likeness answers, whatever words it holds.
SUFFICIENT_LIKENESS = 0.7
# For documents that the person did not ask. Measured in the same way: at most one question in thirty that they do not
# answer is taken for answered, and of those that they answer between six and eight in ten are.
CERTAIN_COVERAGE = 0.55
CERTAIN_LIKENESS = 0.8


def is_relevant(hit: Hit) -> bool:
    """Whether the passage is named by the question, is close to its meaning or holds enough of its words."""
    return hit.named or hit.likeness >= SUFFICIENT_LIKENESS or measure_evidence(hit) >= MIN_EVIDENCE


def measure_evidence(hit: Hit) -> float:
    """The coverage, raised or lowered by the likeness where that is known (not 0)."""
    return hit.coverage + (LIKENESS_SHARE * (hit.likeness - NEUTRAL_LIKENESS) if hit.likeness else 0.0)


def is_certain(hit: Hit) -> bool:
    """Whether the passage answers although the question was put to another document.

    ``named`` does not count here: a question that names "article 3" means that of the document it was put to.
    """
    return hit.likeness >= CERTAIN_LIKENESS or hit.coverage >= CERTAIN_COVERAGE
