"""Searches several documents at once, each judged in its language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from processing.language.tokens import list_words
from processing.ports import Embedder
from processing.retrieval.dense import can_judge, score_dense
from processing.retrieval.fuse import fuse
from processing.retrieval.lexical import (
    LexicalIndex,
    Matches,
    match,
    measure_coverage,
    score_matches,
    weigh_question,
    weigh_rarities,
)
from processing.retrieval.references import drop_pages, list_pages, list_references
from processing.types import Hit, Passage

# Below this similarity a passage without a word of the question is not an answer but the least bad guess.
LEAST_SIMILARITY = 0.35
# Below this share of the question's words what is shared are endings and other parts that any text has.
LEAST_COVERAGE = 0.1
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LoadedIndex:
    """One document opened for searching; ``vectors`` of shape (passages, dimension), None while it is being filmed."""

    document_id: str
    document_name: str
    passages: Sequence[Passage]
    lexical: LexicalIndex
    vectors: NDArray[np.float32] | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one document has to say to a question; arrays of shape (passages,), ``cosines`` NaN where nobody judges."""

    document_id: str
    matches: Matches
    cosines: Scores
    named: Scores


def search(loaded_indexes: Sequence[LoadedIndex], question: str, embedder: Embedder | None, limit: int) -> list[Hit]:
    """The best ``limit`` passages of all volumes, best first; none where nothing speaks for any.

    Scores of one search are comparable over its volumes: rarity, mean and spread are taken over all of them together.
    Each volume is taken up once, and once more for a passage of it that is found: they need not all be open at a time.
    """
    inquiry = Inquiry(question, embedder)
    findings = [inquiry.look_into(loaded_index) for loaded_index in loaded_indexes]
    ends = np.cumsum([len(finding.named) for finding in findings])
    if not len(ends) or not ends[-1]:
        return []
    rarities = weigh_rarities([finding.matches for finding in findings])
    lexical = np.concatenate(score_matches([finding.matches for finding in findings], rarities))
    cosines = np.concatenate([finding.cosines for finding in findings])
    named = np.concatenate([finding.named for finding in findings])
    scores = fuse(lexical, cosines)
    # What the question names exactly comes before everything that only resembles it.
    scores += named * (scores.max() - scores.min() + 1)
    hits = []
    for number in list_best(
        np.where((lexical > 0) | (cosines >= LEAST_SIMILARITY) | (named > 0), scores, -np.inf), limit
    ):
        place = int(np.searchsorted(ends, number, side="right"))
        finding = findings[place]
        own = number - int(ends[place]) + len(finding.named)
        coverage = measure_coverage(finding.matches, rarities, own)
        likeness = float(np.nan_to_num(cosines[number]))
        if named[number] > 0 or likeness >= LEAST_SIMILARITY or coverage >= LEAST_COVERAGE:
            passage, by_name = loaded_indexes[place].passages[own], bool(named[number] > 0)
            hits.append(Hit(passage, float(scores[number]), finding.document_id, coverage, likeness, by_name))
    return hits


def list_best(scores: Scores, limit: int) -> list[int]:
    """Numbers of the best that are not minus infinity; the earlier first among equals."""
    limit = min(limit, int(np.count_nonzero(scores > -np.inf)))
    if not limit:
        return []
    least = np.partition(scores, -limit)[-limit]
    able = np.flatnonzero(scores >= least)
    return [int(number) for number in able[np.argsort(-scores[able], kind="stable")][:limit]]


class Inquiry:
    """One question, put to one volume after the other."""

    def __init__(self, question: str, embedder: Embedder | None) -> None:
        self._question, self._embedder = question, embedder
        self._words = drop_pages(question)
        self._references, self._pages = list_references(question), list_pages(question)
        self._judges: dict[tuple[str, str], bool] = {}
        self._weights: dict[str, dict[int, float]] = {}

    def look_into(self, loaded_index: LoadedIndex) -> Finding:
        matches = match(loaded_index.lexical, self._weigh(loaded_index.lexical.language))
        return Finding(loaded_index.document_id, matches, self._judge(loaded_index), self._weigh_references(loaded_index))

    def _weigh(self, language: str) -> dict[int, float]:
        if language not in self._weights:
            self._weights[language] = weigh_question(self._words, language)
        return self._weights[language]

    @cached_property
    def _vector(self) -> Scores:
        assert self._embedder is not None
        return np.asarray(self._embedder.embed([self._words])[0], np.float32)

    def _judge(self, loaded_index: LoadedIndex) -> Scores:
        """Cosines with the question, NaN where the embedder has no vote."""
        if loaded_index.vectors is None or not self._has_vote(loaded_index.model, loaded_index.lexical.language):
            return np.full(len(loaded_index.passages), np.nan, np.float32)
        return score_dense(loaded_index.vectors, self._vector)

    def _has_vote(self, model: str, language: str) -> bool:
        if self._embedder is None or not list_words(self._words):
            return False
        if (model, language) not in self._judges:
            self._judges[model, language] = can_judge(self._embedder, model, language, self._words)
        return self._judges[model, language]

    def _weigh_references(self, loaded_index: LoadedIndex) -> Scores:
        """How surely each passage is one that the question names, by its words or by its page; 0 for most."""
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
