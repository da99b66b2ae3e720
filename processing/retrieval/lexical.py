"""BM25 over the passages of one document or of several together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from processing.language.detect import detect_language
from processing.language.keys import Keys, find_keys, find_ngram_keys, pair_keys
from processing.language.tokens import list_content_words, list_words

# docs/decisions/0005: measured on three languages of XQuAD, with and without their stemmers.
K1, B = 0.9, 0.4
GRAM_WEIGHT, PAIR_WEIGHT = 0.3, 0.2
# A syllable is a word to us there, so that most words are pairs.
PAIR_WEIGHTS = {"vietnamese": 0.4}
SAMPLES = 40
MOST_COUNTED = 255
Numbers = NDArray[np.uint16] | NDArray[np.uint32]
Scores = NDArray[np.float32]
Entries = tuple[Numbers, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """For each key (a term, a gram, a pair) the passages that hold it, and how often.

    Key number k of ``keys``, sorted, owns the entries from ``starts[k]`` to ``starts[k + 1]``; shapes (keys,),
    (keys + 1,), (entries,), (entries,); ``lengths`` of shape (passages,) counts the terms of each passage.
    """

    language: str
    keys: Keys
    starts: NDArray[np.int64]
    numbers: Numbers
    counts: NDArray[np.uint8]
    lengths: Scores

    @property
    def size(self) -> int:
        return len(self.lengths)

    def find_entries(self, keys: Sequence[int]) -> dict[int, Entries]:
        """For each key that is known the passages that hold it, in their order, and how often each."""
        wanted = np.array(keys, np.uint64)
        places = np.minimum(np.searchsorted(self.keys, wanted), max(0, len(self.keys) - 1))
        known: list[int] = np.flatnonzero(self.keys[places] == wanted).tolist() if len(self.keys) else []
        parts = {keys[place]: slice(*self.starts[places[place] : places[place] + 2].tolist()) for place in known}
        return {key: (self.numbers[part], self.counts[part]) for key, part in parts.items()}

    def list_holders(self, words: str) -> list[int]:
        """Passages that hold all of these words' terms."""
        keys = list({key for word in list_words(words) for key in find_keys(word, self.language)})
        held = self.find_entries(keys)
        return reduce(np.intersect1d, (held[key][0] for key in keys)).tolist() if 0 < len(keys) == len(held) else []

    def estimate_bytes(self) -> int:
        return sum(part.nbytes for part in (self.keys, self.starts, self.numbers, self.counts, self.lengths))


def build_lexical(texts: Sequence[str], language: str | None = None) -> LexicalIndex:
    """Index the passages of one document, in the language that it is recognised to be in unless one is given."""
    if language is None:
        language = detect_language("\n".join(texts[:: max(1, len(texts) // SAMPLES)]))
    lengths = np.zeros(len(texts), np.float32)
    keys, counts, numbers = [np.empty(0, np.uint64)], [np.empty(0, np.uint8)], [np.empty(0, np.uint32)]
    for number, text in enumerate(texts):
        held, terms = list_keys(text, language)
        lengths[number] = terms
        unique, times = np.unique(held, return_counts=True)
        keys.append(unique)
        counts.append(np.minimum(times, MOST_COUNTED).astype(np.uint8))
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
    """All keys of a passage with their repetitions, and how many of them are terms."""
    words = list_words(text)
    terms = np.array([key for word in words for key in find_keys(word, language)], np.uint64)
    ngrams = np.array([key for word in words for key in find_ngram_keys(word, language)], np.uint64)
    return np.concatenate((terms, ngrams, pair_keys(words, terms, language))), len(terms)


def weigh_question(question: str, language: str) -> dict[int, float]:
    """The keys of the question's telling words with what each counts; pairs are of all words that stand together."""
    relevant = list_content_words(question, language)
    words = list_words(question)
    terms = np.array([key for word in words for key in find_keys(word, language)], np.uint64)
    weight = PAIR_WEIGHTS.get(language, PAIR_WEIGHT)
    weights = {int(key): weight for key in pair_keys(words, terms, language)}
    weights |= {key: GRAM_WEIGHT for word in relevant for key in find_ngram_keys(word, language)}
    return weights | {key: 1.0 for word in relevant for key in find_keys(word, language)}


@dataclass(frozen=True, slots=True)
class Matches:
    """What one document holds of a question: its part of the index, small enough to keep when the document is not."""

    weights: dict[int, float]
    entries: dict[int, Entries]
    lengths: Scores


def match(index: LexicalIndex, weights: dict[int, float]) -> Matches:
    """What the index holds of a question that ``weigh_question`` weighed in its language."""
    entries = index.find_entries(list(weights))
    copied = {key: (numbers.copy(), counts.copy()) for key, (numbers, counts) in entries.items()}
    return Matches(weights, copied, index.lengths.copy())


def weigh_rarities(matches: Sequence[Matches]) -> dict[int, float]:
    """How much each key of the question tells, over all documents together: the fewer passages hold it, the more."""
    size = sum(len(each.lengths) for each in matches)
    holders = Counter[int]()
    for each in matches:
        holders.update({key: len(each.entries[key][0]) if key in each.entries else 0 for key in each.weights})
    return {key: math.log(1 + (size - held + 0.5) / (held + 0.5)) for key, held in holders.items()}


def score_matches(matches: Sequence[Matches], rarities: Mapping[int, float]) -> list[Scores]:
    """BM25 of every passage; one array of shape (passages,) a document, comparable between them."""
    size = sum(len(each.lengths) for each in matches)
    mean = sum(float(each.lengths.sum()) for each in matches) / max(1, size)
    return [score_one(each, rarities, max(mean, 1.0)) for each in matches]


def score_one(matches: Matches, rarities: Mapping[int, float], mean: float) -> Scores:
    """All keys in one sweep: a question has dozens, a library hundreds of documents."""
    if not matches.entries:
        return np.zeros(len(matches.lengths), np.float32)
    parts = tuple(matches.entries.values())
    numbers, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    worths = [matches.weights[key] * rarities[key] * (K1 + 1) for key in matches.entries]
    worth = np.repeat(np.asarray(worths, np.float32), [len(part) for part, _ in parts])
    slope = K1 * (1 - B + B * matches.lengths / mean)
    gains = worth * counts / (counts + slope[numbers])
    return np.bincount(numbers, gains, len(matches.lengths)).astype(np.float32)


def measure_coverage(matches: Matches, rarities: Mapping[int, float], number: int) -> float:
    """The share from 0 to 1 of what the question's words tell that stands in passage ``number``."""
    worths = {key: weight * rarities[key] for key, weight in matches.weights.items()}
    held = sum(worths[key] for key, (numbers, _) in matches.entries.items() if holds(numbers, number))
    return held / sum(worths.values()) if worths else 0.0


def holds(numbers: Numbers, number: int) -> bool:
    place = int(np.searchsorted(numbers, number))
    return place < len(numbers) and int(numbers[place]) == number
