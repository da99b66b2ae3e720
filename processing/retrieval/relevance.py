"""Whether a passage that was found answers at all: who asks what the documents don't say is told so."""

from __future__ import annotations

from processing.types import Hit

# Chosen where, in the measurements of `make eval`, about one question in ten that the text does answer is refused.
LEAST_EVIDENCE = 0.37
# Where the meaning was judged too, a likeness above this speaks for the passage and one below against it.
NEUTRAL_LIKENESS, LIKENESS_SHARE = 0.6, 0.4
# Meaning this near speaks for itself, whatever the words.
SURE_LIKENESS = 0.7
# For a document that nobody asked: measured the same way, at most one question in thirty that it does not answer is
# taken for answered, and of those it answers between six and eight in ten.
SURE_COVERAGE = 0.55
BEYOND_DOUBT_LIKENESS = 0.8


def is_relevant(hit: Hit) -> bool:
    """Whether the passage holds enough of what the question's words tell, or is named or meant beyond doubt."""
    return hit.named or hit.likeness >= SURE_LIKENESS or measure_evidence(hit) >= LEAST_EVIDENCE


def measure_evidence(hit: Hit) -> float:
    """How much speaks for an answer: the coverage, more or less for a meaning that was judged near or far."""
    return hit.coverage + (LIKENESS_SHARE * (hit.likeness - NEUTRAL_LIKENESS) if hit.likeness else 0.0)


def is_certain(hit: Hit) -> bool:
    """Whether the passage answers although its document was not asked; what names an article means that of another."""
    return hit.likeness >= BEYOND_DOUBT_LIKENESS or hit.coverage >= SURE_COVERAGE
