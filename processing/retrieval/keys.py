"""Makes keys: 64-bit hashes of terms, n-grams and pairs of words, the same in every process.

With keys in place of texts an index consists of NumPy arrays only.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from processing.language.table import get_language
from processing.language.tokens import fold, list_spelling_ngrams, make_terms

Keys = NDArray[np.uint64]
# The first key of a pair is multiplied by this odd number, so that the order of the words counts.
MIX = np.uint64(0x9E3779B97F4A7C15)
CACHED_WORDS = 65_536


def make_key(term: str) -> int:
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=CACHED_WORDS)
def make_term_keys(word: str, language: str) -> tuple[int, ...]:
    return tuple(make_key(term) for term in make_terms(word, language))


@lru_cache(maxsize=CACHED_WORDS)
def make_ngram_keys(word: str, language: str) -> tuple[int, ...]:
    """Return the keys of the word's spelling n-grams. A prefix makes them differ from terms with the same letters."""
    return tuple(make_key(f"\0{ngram}") for ngram in list_spelling_ngrams(word, language))


def make_pair_keys(words: Sequence[str], terms: Keys, language: str) -> Keys:
    """Return a key for every two neighbouring terms. ``terms`` are the keys of the words' terms.

    A word has one term, but several if it is in a script without spaces. In languages without spaces there are no
    pairs, because their n-grams overlap already. In languages in which marks matter pairs are made of words without
    marks, so that a question typed without marks finds them, too.
    """
    row = get_language(language)
    if not row.spaced:
        return terms[:0]
    if row.marks_matter:
        terms = np.array([make_key(f"\1{fold(word)}") for word in words], np.uint64)
    return (terms[:-1] * MIX) ^ terms[1:]
