"""A text as the product holds and searches it."""

from __future__ import annotations

from processing.cutting import cut_for
from processing.ports import Embedder
from processing.results import Hit, Page
from processing.retrieval.dense import knows_language
from processing.retrieval.lexical import build_lexical
from processing.retrieval.search import Volume, search
from tests.eval.measure import DEPTH, find_rank, list_spans
from tests.eval.xquad import Reading, list_starts


def open_text(text: str, embedder: Embedder) -> Volume:
    """Cut, indexed and embedded as the worker does it; vectors that would have no vote are not made."""
    passages = list(cut_for(embedder, [Page(1, text)]))
    texts = [passage.text for passage in passages]
    lexical = build_lexical(texts)
    vectors = embedder.embed(texts) if knows_language(embedder.model, lexical.language) else None
    return Volume("text", "text", passages, lexical, vectors, embedder.model)


def rank_answers(reading: Reading, embedder: Embedder) -> tuple[int, list[int | None]]:
    """The number of passages, and for each question where its answer stands."""
    kept = range(len(reading.paragraphs))
    volume = open_text(reading.join(kept), embedder)
    starts, spans = list_starts(reading, kept), list_spans(passage.text for passage in volume.passages)

    def find(question: str) -> list[Hit]:
        return search([volume], question, embedder, DEPTH)

    ranks = [
        find_rank((hit.passage.index for hit in find(asked.question)), spans, asked, starts[asked.paragraph])
        for asked in reading.asked
    ]
    return len(spans), ranks
