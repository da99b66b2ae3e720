"""Compares the meaning of question and passages by their vectors, if the embedding model knows both languages."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from processing.language.detect import detect_language
from processing.language.model_languages import ENGLISH_ONLY, knows_language
from processing.ports import Embedder

Vectors = NDArray[np.float32]


def can_compare(embedder: Embedder, model: str, language: str, question: str) -> bool:
    """Return whether the embedder's vector of the question can be compared with the vectors of a document.

    The document is in ``language``, and its vectors were made by ``model``. A question whose language is not
    recognised (names, numbers) counts as one in the document's language.
    """
    if model != embedder.model or not knows_language(model, language):
        return False
    return model not in ENGLISH_ONLY or detect_language(question) in ("english", "")


def is_foreign(question: str, document: str) -> bool:
    """Return whether a question in one language is put to a document in another; both must be recognised."""
    return bool(question and document) and question != document


def score_dense(vectors: Vectors, question: Vectors) -> Vectors:
    """Return the cosines, shape (passages,), of the rows of ``vectors`` and the question; all have norm 1."""
    return np.asarray(vectors @ question, np.float32)
