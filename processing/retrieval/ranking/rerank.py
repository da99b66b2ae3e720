"""Puts found passages into the order in which the reader finds that they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from processing.ports import CrossEncoder
from processing.types import Hit

# Passages that are read. Those that the search puts behind them seldom answer.
READ = 12
# The weight of a search's score beside the reader's relevance.
SEARCH_SHARE = 2.0
# Sentences of the best passage that are read by themselves, and the weight of their scores within the passage then.
SENTENCES_READ, WITHIN_SHARE = 6, 0.3


def rerank(hits: Sequence[Hit], question: str, cross_encoder: CrossEncoder) -> list[Hit]:
    """Return the hits that were read, the best first, then the others in their order.

    Passages that the question names exactly stay before all others.
    """
    readings = cross_encoder.read(question, [hit.passage.text for hit in hits[:READ]])
    read = [
        replace(hit, reading=reading, score=hit.score * (1 if hit.named else SEARCH_SHARE) + reading.relevance)
        for hit, reading in zip(hits, readings, strict=False)
    ]
    read.sort(key=lambda hit: (not hit.named, -hit.score))
    return [*(read_sentences(hit, question, cross_encoder) for hit in read[:1]), *read[1:], *hits[len(read) :]]


def read_sentences(hit: Hit, question: str, cross_encoder: CrossEncoder) -> Hit:
    """Return the hit with better scores of its best sentences, which are read by themselves.

    Those for which the reader has no time while other questions wait are left out.
    """
    reading = hit.reading
    if reading is None or len(reading.sentences) < 2:
        return hit
    best = sorted(zip(reading.scores, reading.sentences, strict=True), reverse=True)[:SENTENCES_READ]
    found = cross_encoder.read(question, [hit.passage.text[start:end] for _, (start, end) in best])
    scores = [own.relevance + WITHIN_SHARE * score for own, (score, _) in zip(found, best, strict=False)]
    sentences = [sentence for _, sentence in best[: len(scores)]]
    return replace(hit, reading=replace(reading, sentences=sentences, scores=scores))
