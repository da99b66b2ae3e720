"""Chooses the documents that are opened for a question."""

from __future__ import annotations

import numpy as np

from processing.language.tokens import list_words
from processing.ports import Embedder
from processing.retrieval.corpus.corpus import Corpus
from processing.retrieval.ranking.dense import can_compare
from processing.retrieval.ranking.references import drop_pages


def choose_documents(corpus: Corpus, question: str, embedder: Embedder | None, limit: int) -> list[int]:
    """Return the numbers of the ``limit`` documents that fit best by words and, with an ``embedder``, by meaning."""
    asked = drop_pages(question)
    words = corpus.score_words(asked)
    if embedder is None or not len(corpus.meaning) or not list_words(asked):
        return corpus.choose(words, np.full_like(words, np.nan), limit)
    vector = embedder.embed_question(asked)
    meaning = corpus.score_meaning(vector, lambda language: can_compare(embedder, embedder.model, language, asked))
    return corpus.choose(words, meaning, limit)
