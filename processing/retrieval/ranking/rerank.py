"""Puts found passages into the order in which the reader finds that they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from processing.ports import CrossEncoder
from processing.types import Hit

# Passages that are read. Those that the search puts behind them seldom answer.
READ = 12
# The weight of a search's score beside the reader's relevance.
SEARCH_SHARE = 1.0


def rerank(hits: Sequence[Hit], question: str, cross_encoder: CrossEncoder) -> list[Hit]:
    """Return the hits that were read, the best first, then the others in their order.

    Passages that the question names exactly stay before all others.
    """
    readings = cross_encoder.read(question, [hit.passage.text for hit in hits[:READ]])
    read = [
        replace(hit, reading=reading, score=hit.score * (1 if hit.named else SEARCH_SHARE) + reading.relevance)
        for hit, reading in zip(hits, readings, strict=False)
    ]
    return [*sorted(read, key=lambda hit: (not hit.named, -hit.score)), *hits[len(read) :]]
