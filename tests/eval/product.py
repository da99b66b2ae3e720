"""Searches a text as the product does."""

from __future__ import annotations

from dataclasses import dataclass

from processing.chunking.chunk import cut_document
from processing.language.model_languages import knows_language
from processing.ports import CrossEncoder, Embedder
from processing.retrieval.lexical import build_lexical
from processing.retrieval.ranking.rerank import READ, rerank
from processing.retrieval.search import LoadedIndex, search
from processing.types import Hit, Page
from tests.eval.measure import DEPTH, find_rank, list_spans
from tests.eval.xquad import Reading, list_starts


@dataclass(frozen=True, slots=True)
class Product:
    """The models that are used: without the second passages are not read, ``by_words`` they are found by words."""

    embedder: Embedder
    cross_encoder: CrossEncoder | None = None
    by_words: bool = False

    def find(self, loaded_index: LoadedIndex, question: str, limit: int) -> list[Hit]:
        hits = search([loaded_index], question, None if self.by_words else self.embedder, max(limit, READ))
        return (rerank(hits, question, self.cross_encoder) if self.cross_encoder else hits)[:limit]


def open_text(text: str, embedder: Embedder) -> LoadedIndex:
    """The index of a text, made as a worker makes it, without vectors that the search would not use."""
    passages = list(cut_document(embedder, [Page(1, text)]))
    texts = [passage.text for passage in passages]
    lexical = build_lexical(texts)
    vectors = embedder.embed(texts) if knows_language(embedder.model, lexical.language) else None
    return LoadedIndex("text", "text", passages, lexical, vectors, embedder.model)


def rank_answers(reading: Reading, product: Product) -> tuple[int, list[int | None]]:
    """The number of passages, and for each question the rank of the passage with its answer, None if not found."""
    kept = range(len(reading.paragraphs))
    loaded_index = open_text(reading.join(kept), product.embedder)
    starts, spans = list_starts(reading, kept), list_spans(passage.text for passage in loaded_index.passages)

    def find(question: str) -> list[Hit]:
        return product.find(loaded_index, question, DEPTH)

    ranks = [
        find_rank((hit.passage.index for hit in find(asked.question)), spans, asked, starts[asked.paragraph])
        for asked in reading.asked
    ]
    return len(spans), ranks
