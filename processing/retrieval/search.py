"""Finds the best passages for a question in several documents at once, each searched in its own language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from processing.language.detect import detect_language
from processing.language.tokens import list_words
from processing.ports import Embedder
from processing.retrieval.lexical import (
    LexicalIndex,
    Matches,
    compute_idf,
    match,
    measure_coverage,
    score_matches,
    weigh_question,
)
from processing.retrieval.ranking.dense import can_compare, is_foreign, score_dense
from processing.retrieval.ranking.fuse import ACROSS, WITHIN, fuse
from processing.retrieval.ranking.references import drop_pages, list_pages, list_references
from processing.types import Hit, Passage

# The least coverage of a passage that is found by words alone, as a share of the whole question. A passage with less
# has only n-grams of the question, as any text has, or only a common word of a long question.
MIN_COVERAGE = 0.1
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LoadedIndex:
    """One document in memory, ready to be searched.

    ``vectors`` has the shape (passages, dimension), and is None until the document's archive is published. ``model`` is
    the name of the model that made them.
    """

    document_id: str
    document_name: str
    passages: Sequence[Passage]
    lexical: LexicalIndex
    vectors: NDArray[np.float32] | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class DocumentScores:
    """How the passages of one document fit a question; both arrays have the shape (passages,).

    ``cosines`` is NaN for passages without vectors to compare. ``named`` is above 0 for passages that the question
    names exactly. ``meaning_share`` is the share of the meaning in their scores; the rest is that of words.
    """

    document_id: str
    matches: Matches
    cosines: Scores
    named: Scores
    meaning_share: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents that stand for all those that are not searched, for the rarity of words.

    Each of them counts as ``weight`` documents.
    """

    loaded_indexes: Sequence[LoadedIndex] = ()
    weight: float = 1.0


def search(
    loaded_indexes: Sequence[LoadedIndex],
    question: str,
    embedder: Embedder | None,
    limit: int,
    sample: Sample = Sample(),
) -> list[Hit]:
    """Return those of the best ``limit`` passages of all documents that fit the question, the best first.

    Without an ``embedder`` no vectors are compared. The rarity of words, and the mean and the spread of scores, are
    those of all documents together, so that scores can be compared between documents. Each index is accessed once, and
    once more for each of its passages that is returned, so that not all indexes need to be in memory at the same time.
    """
    scorer = QuestionScorer(question, embedder)
    documents = [scorer.score(loaded_index) for loaded_index in loaded_indexes]
    ends = np.cumsum([len(document.named) for document in documents])
    if not len(ends) or not ends[-1]:
        return []
    others = [scorer.match(loaded_index) for loaded_index in sample.loaded_indexes]
    idf = compute_idf([document.matches for document in documents], others, sample.weight)
    lexical = np.concatenate(score_matches([document.matches for document in documents], idf))
    cosines = np.concatenate([document.cosines for document in documents])
    named = np.concatenate([document.named for document in documents])
    shares = np.concatenate([np.full(len(document.named), document.meaning_share) for document in documents])
    scores = fuse(lexical, cosines, shares)
    # Passages that the question names exactly come before all others.
    scores += named * (scores.max() - scores.min() + 1)
    # Every passage is somehow alike in meaning, so those with vectors are all ranked.
    compared = ~np.isnan(cosines)
    fitting = (lexical > 0) | compared | (named > 0)
    hits = []
    for number in list_best(np.where(fitting, scores, -np.inf), limit):
        index = int(np.searchsorted(ends, number, side="right"))
        document = documents[index]
        passage_number = number - int(ends[index]) + len(document.named)
        coverage = measure_coverage(document.matches, idf, passage_number)
        if named[number] > 0 or compared[number] or coverage >= MIN_COVERAGE:
            passage, is_named = loaded_indexes[index].passages[passage_number], bool(named[number] > 0)
            hits.append(Hit(passage, float(scores[number]), document.document_id, coverage, is_named))
    return hits


def list_best(scores: Scores, limit: int) -> list[int]:
    """Return the indexes of the ``limit`` highest scores, the best first, without scores of minus infinity."""
    limit = min(limit, int(np.count_nonzero(scores > -np.inf)))
    if not limit:
        return []
    threshold = np.partition(scores, -limit)[-limit]
    candidates = np.flatnonzero(scores >= threshold)
    return [int(number) for number in candidates[np.argsort(-scores[candidates], kind="stable")][:limit]]


class QuestionScorer:
    """Scores the passages of several documents, one document at a time, for one question."""

    def __init__(self, question: str, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._words = drop_pages(question)
        self._language = detect_language(self._words)
        self._references, self._pages = list_references(question), list_pages(question)
        self._comparable: dict[tuple[str, str], bool] = {}
        self._weights: dict[str, dict[int, float]] = {}

    def match(self, loaded_index: LoadedIndex) -> Matches:
        return match(loaded_index.lexical, self._weigh(loaded_index.lexical.language))

    def score(self, loaded_index: LoadedIndex) -> DocumentScores:
        matches = self.match(loaded_index)
        cosines, named = self._compare_vectors(loaded_index), self._weigh_references(loaded_index)
        foreign = is_foreign(self._language, loaded_index.lexical.language)
        return DocumentScores(loaded_index.document_id, matches, cosines, named, ACROSS if foreign else WITHIN)

    def _weigh(self, language: str) -> dict[int, float]:
        if language not in self._weights:
            self._weights[language] = weigh_question(self._words, language)
        return self._weights[language]

    @cached_property
    def _vector(self) -> Scores:
        assert self._embedder is not None
        return self._embedder.embed_question(self._words)

    def _compare_vectors(self, loaded_index: LoadedIndex) -> Scores:
        """Return the cosines with the question, shape (passages,); all are NaN if the vectors cannot be compared."""
        if loaded_index.vectors is None or not self._can_compare(loaded_index.model, loaded_index.lexical.language):
            return np.full(len(loaded_index.passages), np.nan, np.float32)
        return score_dense(loaded_index.vectors, self._vector)

    def _can_compare(self, model: str, language: str) -> bool:
        if self._embedder is None or not list_words(self._words):
            return False
        if (model, language) not in self._comparable:
            self._comparable[model, language] = can_compare(self._embedder, model, language, self._words)
        return self._comparable[model, language]

    def _weigh_references(self, loaded_index: LoadedIndex) -> Scores:
        """Return the sum of the weights of the references to each passage, by words or page: 0 for most passages."""
        weights = np.zeros(len(loaded_index.passages), np.float32)
        language = loaded_index.lexical.language
        for reference in self._references:
            for number in loaded_index.lexical.list_holders(reference.words):
                if reference.stands_in(loaded_index.passages[number].text, language):
                    weights[number] += reference.weight
        if self._pages:
            for number, passage in enumerate(loaded_index.passages):
                weights[number] += any(passage.first_page <= page <= passage.last_page for page in self._pages)
        return weights
