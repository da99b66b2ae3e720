"""Terms, n-grams and pairs of words as 64-bit hashes, the same in every process, so that an index is arrays only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from processing.language.table import get_language
from processing.language.tokens import fold, list_spelling_ngrams, make_terms

Keys = NDArray[np.uint64]
# An odd multiplier: the key of a pair depends on the order of its words.
MIX = np.uint64(0x9E3779B97F4A7C15)
CACHED_WORDS = 65_536


def make_key(term: str) -> int:
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=CACHED_WORDS)
def make_term_keys(word: str, language: str) -> tuple[int, ...]:
    return tuple(make_key(term) for term in make_terms(word, language))


@lru_cache(maxsize=CACHED_WORDS)
def make_ngram_keys(word: str, language: str) -> tuple[int, ...]:
    """Keys of the word's spelling n-grams. Their prefix keeps them apart from terms that are spelled the same."""
    return tuple(make_key(f"\0{ngram}") for ngram in list_spelling_ngrams(word, language))


def make_pair_keys(words: Sequence[str], terms: Keys, language: str) -> Keys:
    """Keys of every two neighbouring words; ``terms`` holds one key for each word.

    Where words have no spaces there are none: their n-grams overlap already. Where marks matter, a pair is made of
    the words without marks: two words together are distinct enough, and a question typed without marks finds them.
    """
    row = get_language(language)
    if not row.spaced:
        return terms[:0]
    if row.marks_matter:
        terms = np.array([make_key(f"\1{fold(word)}") for word in words], np.uint64)
    return (terms[:-1] * MIX) ^ terms[1:]
