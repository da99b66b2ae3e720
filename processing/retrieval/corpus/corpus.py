"""The sketches of all documents of a tenant in a few arrays, which a question is compared with in milliseconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from processing.language.scripts import UNSPACED
from processing.language.tokens import fold, list_content_words, list_ngrams, list_words
from processing.retrieval.corpus.sketch import Counts, Keys, Meaning, Sketch, shorten
from processing.retrieval.keys import make_key, make_term_keys
from processing.retrieval.lexical import K1
from processing.retrieval.phrases import is_indexed
from processing.retrieval.ranking.fuse import WITHIN, fuse
from processing.text.query import split_query

# Entries are compared by their lower 16 bits first, which is one look into a small table for each.
TABLE = 1 << 16
# Vectors are compared in parts of so many, because they are stored with half the precision that NumPy multiplies.
ROWS_AT_ONCE = 8192
Scores = NDArray[np.float32]
Numbers = NDArray[np.int64]
# One number for each document, or for each block.
Indexes = NDArray[np.int32]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Found:
    """Entries of the corpus that hold a wanted key: the block, the place of the key among those wanted, the count."""

    blocks: Numbers
    wanted: Numbers
    counts: Counts


@dataclass(frozen=True, slots=True)
class Corpus:
    """The sketches of documents, one after the other.

    - ``languages``: the names of languages; ``language``, shape (documents,): the place of the document's in them;
    - ``keys`` and ``counts``, shape (entries,), as in ``Sketch``;
    - ``ends``, shape (blocks,): where the entries of each block end;
    - ``document``, shape (blocks,): the number of the block's document;
    - ``starts``, shape (documents,): the first block of the document;
    - ``meaning``, shape (blocks with vectors, dimension), and ``meaning_block``, shape (blocks with vectors,).
    """

    languages: Sequence[str]
    language: Indexes
    keys: Keys
    counts: Counts
    ends: Numbers
    document: Indexes
    starts: Numbers
    meaning: Meaning
    meaning_block: Numbers

    def measure_bytes(self) -> int:
        return sum(part.nbytes for part in (self.keys, self.counts, self.ends, self.document, self.meaning))

    def list_sketches(self) -> list[Sketch]:
        """Return the sketches of the documents in their order, as views of the arrays."""
        blocks = np.append(self.starts, len(self.ends))
        entries = np.concatenate(([0], self.ends))
        vectors = np.searchsorted(self.meaning_block, blocks)
        sizes = np.diff(entries).astype(np.uint32)
        made = []
        for number, language in enumerate(self.language):
            own = slice(blocks[number], blocks[number + 1])
            part = slice(entries[own.start], entries[own.stop])
            meaning = self.meaning[vectors[number] : vectors[number + 1]]
            name = self.languages[language]
            made.append(Sketch(name, sizes[own], self.keys[part], self.counts[part], meaning if len(meaning) else None))
        return made

    def find(self, wanted: Keys) -> Found:
        """Return the entries that hold any of the keys ``wanted``, which are sorted and differ from each other."""
        table = np.zeros(TABLE, bool)
        table[wanted & (TABLE - 1)] = True
        near = np.flatnonzero(table[self.keys.astype(np.uint16)]) if len(wanted) else np.empty(0, np.int64)
        places = np.minimum(np.searchsorted(wanted, self.keys[near]), max(0, len(wanted) - 1))
        equal = wanted[places] == self.keys[near] if len(wanted) else np.empty(0, bool)
        entries = near[equal]
        return Found(np.searchsorted(self.ends, entries, side="right"), places[equal], self.counts[entries])

    def score_words(self, question: str) -> Scores:
        """Return for each document how well its best block fits the words of the question; 0 if it holds none."""
        weights = {language: list_term_keys(question, language) for language in self.languages}
        wanted = np.unique(np.concatenate([np.empty(0, np.uint32), *weights.values()]))
        found = self.find(wanted)
        asked = np.array([np.isin(wanted, weights[language]) for language in self.languages]).reshape(-1, len(wanted))
        fits = asked[self.language[self.document[found.blocks]], found.wanted] & (found.counts > 0)
        blocks, keys, counts = found.blocks[fits], found.wanted[fits], found.counts[fits].astype(np.float32)
        held = np.bincount(keys, minlength=len(wanted))
        idf = np.log1p((len(self.ends) - held + 0.5) / (held + 0.5)).astype(np.float32)
        gains = idf[keys] * (K1 + 1) * counts / (counts + K1)
        return self._take_best(np.bincount(blocks, gains, len(self.ends)).astype(np.float32))

    def score_meaning(self, vector: Scores, comparable: Callable[[str], bool]) -> Scores:
        """Return for each document the cosine of its best block and the question, NaN if there is nothing to compare.

        ``comparable`` says whether vectors of documents in a language can be compared with that of the question.
        """
        scores = np.full(len(self.ends), np.nan, np.float32)
        if self.meaning.shape[1:] != vector.shape:
            return self._take_best(scores)
        for start in range(0, len(self.meaning), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            scores[self.meaning_block[part]] = self.meaning[part].astype(np.float32) @ vector
        known = np.array([comparable(language) for language in self.languages], bool)
        scores[~known[self.language[self.document]]] = np.nan
        return self._take_best(scores)

    def mask_holders(self, words: str) -> NDArray[np.bool_]:
        """Return an array of shape (documents,): False if the document certainly does not hold all words of a query."""
        mask = np.ones(len(self.language), bool)
        for number, language in enumerate(self.languages):
            here = self.language == number
            for word in {word for part, _ in split_query(words) for word in list_words(part)}:
                mask &= ~here | self._mask_word(word, language)
        return mask

    def _mask_word(self, word: str, language: str) -> NDArray[np.bool_]:
        ways = list_ways(word, language)
        wanted = np.unique(np.concatenate(ways))
        found = self.find(wanted)
        held = np.zeros((len(self.language), len(wanted)), bool)
        held[self.document[found.blocks], found.wanted] = True
        mask = np.zeros(len(self.language), bool)
        for way in ways:
            mask |= held[:, np.isin(wanted, way)].all(axis=1)
        return mask

    def _take_best(self, by_block: Scores) -> Scores:
        """Return the highest score of the blocks of each document."""
        if not len(self.starts):
            return by_block
        best: Scores = np.fmax.reduceat(by_block, self.starts)
        return best

    def choose(self, words: Scores, meaning: Scores, limit: int) -> list[int]:
        """Return the numbers of ``limit`` documents: in turn the best by both scores, by words, and by meaning."""
        rankings = [rank(fuse(words, meaning, np.full(len(words), WITHIN)), limit), rank(words, limit)]
        if not np.isnan(meaning).all():
            rankings.append(rank(np.nan_to_num(meaning, nan=-math.inf), limit))
        in_turn = chain.from_iterable(zip_longest(*rankings))
        return list(dict.fromkeys(number for number in in_turn if number is not None))[:limit]


def rank(scores: Scores, limit: int) -> list[int]:
    """Return the indexes of the ``limit`` highest scores, the best first."""
    limit = min(limit, len(scores))
    best = np.argpartition(-scores, limit - 1)[:limit] if limit < len(scores) else np.arange(len(scores))
    ordered: list[int] = best[np.argsort(-scores[best], kind="stable")].tolist()
    return ordered


def list_term_keys(question: str, language: str) -> Keys:
    """Return the keys of the terms of the question's content words."""
    words = list_content_words(question, language)
    return np.unique(shorten(key for word in words for key in make_term_keys(word, language)))


def list_ways(word: str, language: str) -> list[Keys]:
    """Return the ways in which a document may hold a word: for each the keys that it holds then."""
    if UNSPACED.search(word):
        return [shorten(make_key(ngram) for ngram in list_ngrams(word) if is_indexed(ngram))]
    return [shorten(make_term_keys(word, language)), shorten(make_term_keys(fold(word), language))]


def build_corpus(sketches: Sequence[Sketch]) -> Corpus:
    """Return the corpus of documents in the order of ``sketches``. Each needs at least one block."""
    languages = sorted({sketch.language for sketch in sketches})
    blocks = np.array([len(sketch.sizes) for sketch in sketches], np.int64)
    starts = np.concatenate(([0], np.cumsum(blocks)))[:-1].astype(np.int64)
    measured = [(start, sketch.meaning) for start, sketch in zip(starts, sketches, strict=True)]
    width = max((meaning.shape[1] for _, meaning in measured if meaning is not None), default=0)
    vectors = [(start, meaning) for start, meaning in measured if meaning is not None and meaning.shape[1] == width]
    return Corpus(
        languages,
        np.array([languages.index(sketch.language) for sketch in sketches], np.int32),
        np.concatenate([np.empty(0, np.uint32), *(sketch.keys for sketch in sketches)]),
        np.concatenate([np.empty(0, np.uint8), *(sketch.counts for sketch in sketches)]),
        np.cumsum(np.concatenate([np.empty(0, np.uint32), *(sketch.sizes for sketch in sketches)]), dtype=np.int64),
        np.repeat(np.arange(len(sketches), dtype=np.int32), blocks),
        starts,
        np.concatenate([np.empty((0, width), np.float16), *(meaning for _, meaning in vectors)]),
        np.concatenate([np.empty(0, np.int64), *(start + np.arange(len(meaning)) for start, meaning in vectors)]),
    )
