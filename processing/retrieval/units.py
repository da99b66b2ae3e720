"""Texts as words in their places, to count where exactly something stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from unicodedata import normalize

import numpy as np
import regex
from numpy.typing import NDArray

from processing.retrieval.keys import find_gram_keys, find_keys, make_key
from processing.retrieval.language import UNSPACED, WORD
from processing.retrieval.lexical import LexicalIndex
from processing.retrieval.tokens import HAN, fold, list_grams, list_words, make_term
from processing.rules.places import Needle, Unit, list_wanted, make_needle

SIGN = regex.compile(rf"(?={UNSPACED.pattern})\X|(?:(?!{UNSPACED.pattern})\X)+")
# Typographers' quotation marks and dashes, as a keyboard has them.
PLAIN = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’ʼ", "'") | dict.fromkeys("‐‑‒–—−", "-"))
Mask = NDArray[np.bool_]


def list_needles(words: str, language: str) -> list[Needle]:
    """What is looked for, as a text in this language would hold it; none where there is no word in it."""
    needles = [make_needle(list_units(part, language), exact=exact) for part, exact in list_wanted(words)]
    return [needle for needle in needles if needle.units]


def list_units(text: str, language: str) -> list[Unit]:
    """The words of a text and its end; each sign by itself in scripts without spaces."""
    units, end = [], 0
    for start, stop in list_spans(text):
        for exact, term in read_word(text[start:stop], language):
            units.append(Unit(exact, term, read_gap(text[end:start]), start, stop))
            end = stop
    return [*units, Unit("", "", read_gap(text[end:]), len(text), len(text))]


def list_spans(text: str) -> Iterator[tuple[int, int]]:
    for word in WORD.finditer(text):
        if UNSPACED.search(word[0]):
            yield from (sign.span() for sign in SIGN.finditer(text, *word.span()))
        else:
            yield word.span()


@lru_cache(maxsize=65_536)
def read_word(word: str, language: str) -> tuple[tuple[str, str], ...]:
    """Folded, and as a term; a ligature or a fraction may be several words."""
    return tuple((fold(part), make_term(part, language)) for part in list_words(word))


def read_gap(signs: str) -> str:
    return "" if signs.isspace() else "".join(normalize("NFKC", signs.translate(PLAIN)).split())


def list_candidates(index: LexicalIndex, words: str) -> list[int]:
    """Passages that may hold all of these words, each with its neighbour after it; what is left out does not."""
    held = np.ones(index.size, bool)
    for word in {word for part, _ in list_wanted(words) for word in list_words(part)}:
        mask = mark_holders(index, word)
        mask[:-1] |= mask[1:]
        held &= mask
    return [int(number) for number in np.flatnonzero(held)]


def mark_holders(index: LexicalIndex, word: str) -> Mask:
    """Shape (passages,): which hold the word in any form, or all parts of its spelling, as without its accents."""
    if UNSPACED.search(word):
        return mark_all(index, [make_key(gram) for gram in list_grams(word) if is_indexed(gram)])
    mask = mark_all(index, find_keys(word, index.language))
    grams = find_gram_keys(word, index.language)
    return mask | mark_all(index, grams) if grams else mask


def is_indexed(gram: str) -> bool:
    """Whether each passage with the gram has it as a key: of other grams than these the whole run decides."""
    signs = len(regex.findall(r"\X", gram))
    return not UNSPACED.search(gram) or signs == 2 or (signs == 1 and bool(HAN.search(gram)))


def mark_all(index: LexicalIndex, keys: Sequence[int]) -> Mask:
    """Shape (passages,): which hold all of the keys."""
    mask, held = np.ones(index.size, bool), index.find_entries(list(keys))
    for key in keys:
        one = np.zeros(index.size, bool)
        if key in held:
            one[held[key][0]] = True
        mask &= one
    return mask
