"""Terms as numbers: 64 bits of a hash, the same in every process, so that an index is arrays and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from processing.language.tokens import MEANT_MARKS, fold, list_spelling, make_terms

Keys = NDArray[np.uint64]
# An odd multiplier, so that a pair differs from the same two words the other way round.
MIX = np.uint64(0x9E3779B97F4A7C15)
CACHED = 65_536


def make_key(term: str) -> int:
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=CACHED)
def find_keys(word: str, language: str) -> tuple[int, ...]:
    """Of the word's terms."""
    return tuple(make_key(term) for term in make_terms(word, language))


@lru_cache(maxsize=CACHED)
def find_ngram_keys(word: str, language: str) -> tuple[int, ...]:
    """Of the parts that its spelling has in common with other forms and compounds; apart from the terms' keys."""
    return tuple(make_key(f"\0{ngram}") for ngram in list_spelling(word, language))


def pair_keys(words: Sequence[str], terms: Keys, language: str) -> Keys:
    """Of each two terms that follow each other; none where words have no spaces, for there the terms overlap.

    Where marks tell words apart a pair is of the bare words: two together are clear enough, and who types without
    marks finds them.
    """
    if language in MEANT_MARKS:
        terms = np.array([make_key(f"\1{fold(word)}") for word in words], np.uint64)
    return (terms[:-1] * MIX) ^ terms[1:] if language != "unspaced" else terms[:0]
