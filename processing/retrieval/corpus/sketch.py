"""Makes the sketch of a document: which words its passages hold, and where their vectors point, in a few kilobytes.

A document is cut into blocks of ``BLOCK`` passages, so that a long one is compared with a short one fairly.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.language.tokens import fold, list_words
from processing.retrieval.keys import make_term_keys

# The format of the bytes, stored beside them. Increase it whenever terms are made in another way.
FORMAT = 1
BLOCK = 16
MAX_COUNT = 255
# Lengths of the name of the language and of the list of blocks.
HEADER = struct.Struct("<II")
Keys = NDArray[np.uint32]
Counts = NDArray[np.uint8]
Meaning = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is known of a document without opening it.

    - ``sizes``, shape (blocks,): the number of entries of each block;
    - ``keys`` and ``counts``, shape (entries,): a term of the block, and how often one of its passages holds it at
      most. The count is 0 for terms that only words without their accents have;
    - ``meaning``, shape (blocks, dimension): the mean of the vectors of the block's passages, with norm 1. None if
      there are no vectors.
    """

    language: str
    sizes: NDArray[np.uint32]
    keys: Keys
    counts: Counts
    meaning: Meaning | None = None


def shorten(keys: Iterable[int]) -> Keys:
    """Return the lower 32 bits of keys of terms."""
    return np.fromiter((key & 0xFFFFFFFF for key in keys), np.uint32)


def sketch_words(texts: Sequence[str], language: str) -> bytes:
    """Return the encoded words of a document from the texts of its passages."""
    blocks = [sketch_block(texts[start : start + BLOCK], language) for start in range(0, max(1, len(texts)), BLOCK)]
    sizes = np.array([len(keys) for keys, _ in blocks], np.uint32)
    name = language.encode()
    parts = [HEADER.pack(len(name), len(blocks)), name, sizes.tobytes()]
    parts += [keys.tobytes() for keys, _ in blocks]
    parts += [counts.tobytes() for _, counts in blocks]
    return b"".join(parts)


def sketch_block(texts: Sequence[str], language: str) -> tuple[Keys, Counts]:
    """Return the terms of a few passages, sorted, and how often one of them holds each."""
    keys, counts = [np.empty(0, np.uint32)], [np.empty(0, np.uint8)]
    for text in texts:
        words = list_words(text)
        terms = shorten(key for word in words for key in make_term_keys(word, language))
        known, times = np.unique(terms, return_counts=True)
        plain = np.unique(shorten(key for word in set(words) for key in list_plain_keys(word, language)))
        keys += [known, plain]
        counts += [np.minimum(times, MAX_COUNT).astype(np.uint8), np.zeros(len(plain), np.uint8)]
    entries, all_counts = np.concatenate(keys), np.concatenate(counts)
    by_key = np.argsort(entries, kind="stable")
    unique, starts = np.unique(entries[by_key], return_index=True)
    return unique, np.maximum.reduceat(all_counts[by_key], starts) if len(unique) else all_counts


def list_plain_keys(word: str, language: str) -> tuple[int, ...]:
    """Return the keys of the word without accents; words with and without them may have different terms."""
    plain = fold(word)
    return make_term_keys(plain, language) if plain != word else ()


def sketch_meaning(vectors: NDArray[np.float32]) -> bytes:
    """Return the encoded meaning from the vectors of all passages, shape (passages, dimension)."""
    starts = range(0, len(vectors), BLOCK)
    means = np.array([vectors[start : start + BLOCK].mean(axis=0) for start in starts], np.float32)
    norms = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
    encoded: bytes = (means / norms).astype(np.float16).tobytes()
    return encoded


def read_sketch(words: bytes, meaning: bytes | None) -> Sketch:
    """Return the sketch. The arrays are views of the bytes."""
    name_length, blocks = HEADER.unpack_from(words)
    start = HEADER.size + name_length
    sizes = np.frombuffer(words[start : start + 4 * blocks], np.uint32)
    total, start = int(sizes.sum()), start + 4 * blocks
    keys = np.frombuffer(words[start : start + 4 * total], np.uint32)
    counts = np.frombuffer(words, np.uint8, total, start + 4 * total)
    language = words[HEADER.size : HEADER.size + name_length].decode()
    return Sketch(language, sizes, keys, counts, read_meaning(meaning, blocks))


def read_meaning(meaning: bytes | None, blocks: int) -> Meaning | None:
    return np.frombuffer(meaning, np.float16).reshape(blocks, -1) if meaning and blocks else None
