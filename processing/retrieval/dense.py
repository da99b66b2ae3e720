"""Likeness of meaning, where the model knows the languages of the document and of the question."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.language.detect import detect_language
from processing.ports import Embedder

# The default model was trained on English: it gets no vote on anything else.
ENGLISH_ONLY = frozenset({"all-MiniLM-L6-v2", "all-MiniLM-L12-v2", "all-mpnet-base-v2"})
Vectors = NDArray[np.float32]


def can_judge(embedder: Embedder, model: str, language: str, question: str) -> bool:
    """Whether the embedder may judge a document in ``language`` whose vectors ``model`` made.

    A question without common words (names, numbers) goes by the document.
    """
    if model != embedder.model or not knows_language(model, language):
        return False
    return model not in ENGLISH_ONLY or detect_language(question) in ("english", "")


def knows_language(model: str, language: str) -> bool:
    return model not in ENGLISH_ONLY or language == "english"


def score_dense(vectors: Vectors, question: Vectors) -> Vectors:
    """Cosines, shape (passages,), of rows of norm 1 with one vector of norm 1."""
    return np.asarray(vectors @ question, np.float32)
