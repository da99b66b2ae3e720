"""Scores passages by the words they share with a question: BM25 over one document or several together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from processing.language.detect import detect_language
from processing.language.table import get_language
from processing.language.tokens import list_content_words, list_words
from processing.retrieval.keys import Keys, make_ngram_keys, make_pair_keys, make_term_keys

# BM25's parameters: K1 limits how much repetitions of a word count, B how much a passage's length counts. They were
# measured on three languages of XQuAD, with and without their stemmers (docs/decisions/0005).
K1, B = 0.9, 0.4
# How much a spelling n-gram counts. A term counts 1.0, a pair of words ``Language.pair_weight``.
NGRAM_WEIGHT = 0.3
# The language of a document is recognised from 40 to 79 passages at equal distances, or from all if there are fewer.
SAMPLES = 40
MAX_COUNT = 255
Numbers = NDArray[np.uint16] | NDArray[np.uint32]
# One number for each passage.
Floats = NDArray[np.float32]
Entries = tuple[Numbers, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """The passages that hold each key (of a term, an n-gram or a pair), and how often they hold it.

    - ``keys``, shape (keys,): sorted;
    - ``starts``, shape (keys + 1,): the entries of ``keys[k]`` are those from ``starts[k]`` to ``starts[k + 1]``;
    - ``numbers`` and ``counts``, shape (entries,): the number of a passage, and how often it holds the key;
    - ``lengths``, shape (passages,): the number of terms in each passage.
    """

    language: str
    keys: Keys
    starts: NDArray[np.int64]
    numbers: Numbers
    counts: NDArray[np.uint8]
    lengths: Floats

    @property
    def size(self) -> int:
        return len(self.lengths)

    def find_entries(self, keys: Sequence[int]) -> dict[int, Entries]:
        """Return, by key, the ascending numbers of the passages that hold it, and how often each of them holds it.

        Of ``keys`` those that no passage holds are left out. The arrays are views of the index, not copies.
        """
        wanted = np.array(keys, np.uint64)
        rows = np.minimum(np.searchsorted(self.keys, wanted), max(0, len(self.keys) - 1))
        known: list[int] = np.flatnonzero(self.keys[rows] == wanted).tolist() if len(self.keys) else []
        parts = {keys[number]: slice(*self.starts[rows[number] : rows[number] + 2].tolist()) for number in known}
        return {key: (self.numbers[part], self.counts[part]) for key, part in parts.items()}

    def list_holders(self, words: str) -> list[int]:
        """Return the numbers of the passages that hold the terms of all these words."""
        keys = list({key for word in list_words(words) for key in make_term_keys(word, self.language)})
        held = self.find_entries(keys)
        return reduce(np.intersect1d, (held[key][0] for key in keys)).tolist() if 0 < len(keys) == len(held) else []

    def measure_bytes(self) -> int:
        return sum(part.nbytes for part in (self.keys, self.starts, self.numbers, self.counts, self.lengths))


def build_lexical(texts: Sequence[str], language: str | None = None) -> LexicalIndex:
    """Return the index of one document, from the texts of its passages. With None the language is recognised."""
    if language is None:
        language = detect_language("\n".join(texts[:: max(1, len(texts) // SAMPLES)]))
    lengths = np.zeros(len(texts), np.float32)
    keys, counts, numbers = [np.empty(0, np.uint64)], [np.empty(0, np.uint8)], [np.empty(0, np.uint32)]
    for number, text in enumerate(texts):
        held, terms = list_keys(text, language)
        lengths[number] = terms
        unique, times = np.unique(held, return_counts=True)
        keys.append(unique)
        counts.append(np.minimum(times, MAX_COUNT).astype(np.uint8))
        numbers.append(np.full(len(unique), number, np.uint32))
    entries = np.concatenate(keys)
    by_key = np.argsort(entries, kind="stable")
    known, sizes = np.unique(entries, return_counts=True)
    holders = np.concatenate(numbers)[by_key]
    return LexicalIndex(
        language,
        known,
        np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        holders.astype(np.uint16) if len(texts) <= 1 << 16 else holders,
        np.concatenate(counts)[by_key],
        lengths,
    )


def list_keys(text: str, language: str) -> tuple[Keys, int]:
    """Return all keys of a passage, with repetitions, and the number of terms among them."""
    words = list_words(text)
    terms = np.array([key for word in words for key in make_term_keys(word, language)], np.uint64)
    ngrams = np.array([key for word in words for key in make_ngram_keys(word, language)], np.uint64)
    return np.concatenate((terms, ngrams, make_pair_keys(words, terms, language))), len(terms)


def weigh_question(question: str, language: str) -> dict[int, float]:
    """Return the weight of each key of the question.

    The keys are those of the terms and spelling n-grams of its content words, and of the pairs of all its words, stop
    words included.
    """
    content_words = list_content_words(question, language)
    words = list_words(question)
    terms = np.array([key for word in words for key in make_term_keys(word, language)], np.uint64)
    pair_weight = get_language(language).pair_weight
    weights = {int(key): pair_weight for key in make_pair_keys(words, terms, language)}
    weights |= {key: NGRAM_WEIGHT for word in content_words for key in make_ngram_keys(word, language)}
    return weights | {key: 1.0 for word in content_words for key in make_term_keys(word, language)}


@dataclass(frozen=True, slots=True)
class Matches:
    """The part of a document's index that a question needs.

    It holds copies, so that the index can be dropped from memory. ``weights`` are those of ``weigh_question``,
    ``entries`` those of ``LexicalIndex.find_entries``, ``lengths`` the number of terms in each passage.
    """

    weights: dict[int, float]
    entries: dict[int, Entries]
    lengths: Floats


def match(index: LexicalIndex, weights: dict[int, float]) -> Matches:
    """Return the entries of a question's keys. ``weights`` are those of ``weigh_question`` in the index's language."""
    entries = index.find_entries(list(weights))
    copied = {key: (numbers.copy(), counts.copy()) for key, (numbers, counts) in entries.items()}
    return Matches(weights, copied, index.lengths.copy())


def compute_idf(
    matches: Sequence[Matches], sample: Sequence[Matches] = (), sample_weight: float = 1.0
) -> dict[int, float]:
    """Return the rarity of each key of the question among the passages of all documents: BM25's IDF.

    ``sample`` stands for documents that are not searched: each of its documents counts as ``sample_weight`` of them.
    """
    size, holders = 0.0, dict[int, float]()
    for weight, parts in ((1.0, matches), (sample_weight, sample)):
        for each in parts:
            size += weight * len(each.lengths)
            for key in each.weights:
                held = len(each.entries[key][0]) if key in each.entries else 0
                holders[key] = holders.get(key, 0.0) + weight * held
    return {key: math.log(1 + (size - held + 0.5) / (held + 0.5)) for key, held in holders.items()}


def score_matches(matches: Sequence[Matches], idf: Mapping[int, float]) -> list[Floats]:
    """Return the BM25 scores of each document, shape (passages,). They can be compared between documents."""
    size = sum(len(each.lengths) for each in matches)
    mean = sum(float(each.lengths.sum()) for each in matches) / max(1, size)
    return [score_document(each, idf, max(mean, 1.0)) for each in matches]


def score_document(matches: Matches, idf: Mapping[int, float], mean: float) -> Floats:
    """Return the BM25 scores of one document. ``mean`` is the mean number of terms of the passages of all documents.

    All keys are scored in one NumPy operation, for speed.
    """
    if not matches.entries:
        return np.zeros(len(matches.lengths), np.float32)
    parts = tuple(matches.entries.values())
    numbers, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    key_weights = [matches.weights[key] * idf[key] * (K1 + 1) for key in matches.entries]
    weights = np.repeat(np.asarray(key_weights, np.float32), [len(part) for part, _ in parts])
    saturation = K1 * (1 - B + B * matches.lengths / mean)
    gains = weights * counts / (counts + saturation[numbers])
    return np.bincount(numbers, gains, len(matches.lengths)).astype(np.float32)


def measure_coverage(matches: Matches, idf: Mapping[int, float], number: int) -> float:
    """Return the share from 0 to 1 of the question's keys, by weight and rarity, that passage ``number`` holds."""
    weights = {key: weight * idf[key] for key, weight in matches.weights.items()}
    held = sum(weights[key] for key, (numbers, _) in matches.entries.items() if holds(numbers, number))
    return held / sum(weights.values()) if weights else 0.0


def holds(numbers: Numbers, number: int) -> bool:
    index = int(np.searchsorted(numbers, number))
    return index < len(numbers) and int(numbers[index]) == number
