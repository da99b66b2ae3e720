"""Texts as words in their places, to count where exactly something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from unicodedata import normalize

import numpy as np
import regex
from numpy.typing import NDArray

from processing.language.detect import UNSPACED, WORD
from processing.language.keys import find_keys, find_ngram_keys, make_key
from processing.language.tokens import HAN, fold, list_ngrams, list_words, make_term
from processing.retrieval.lexical import LexicalIndex
from processing.types import Span

QUOTED = re.compile(r'["“”„«»「『]([^"“”„«»「」『』]+)["“”«»」』]')

SIGN = regex.compile(rf"(?={UNSPACED.pattern})\X|(?:(?!{UNSPACED.pattern})\X)+")
# Typographers' quotation marks and dashes, as a keyboard has them.
PLAIN = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’ʼ", "'") | dict.fromkeys("‐‑‒–—−", "-"))
Mask = NDArray[np.bool_]


def list_query_phrases(words: str, language: str) -> list[QueryPhrase]:
    """What is looked for, as a text in this language would hold it; none where there is no word in it."""
    phrases = [make_query_phrase(list_tokens(part, language), exact=exact) for part, exact in list_wanted(words)]
    return [phrase for phrase in phrases if phrase.tokens]


def list_tokens(text: str, language: str) -> list[Token]:
    """The words of a text and its end; each sign by itself in scripts without spaces."""
    tokens, end = [], 0
    for start, stop in list_spans(text):
        for exact, term in read_word(text[start:stop], language):
            tokens.append(Token(exact, term, read_gap(text[end:start]), start, stop))
            end = stop
    return [*tokens, Token("", "", read_gap(text[end:]), len(text), len(text))]


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
        return mark_all(index, [make_key(ngram) for ngram in list_ngrams(word) if is_indexed(ngram)])
    mask = mark_all(index, find_keys(word, index.language))
    ngrams = find_ngram_keys(word, index.language)
    return mask | mark_all(index, ngrams) if ngrams else mask


def is_indexed(ngram: str) -> bool:
    """Whether each passage with the gram has it as a key: of other grams than these the whole run decides."""
    signs = len(regex.findall(r"\X", ngram))
    return not UNSPACED.search(ngram) or signs == 2 or (signs == 1 and bool(HAN.search(ngram)))


def mark_all(index: LexicalIndex, keys: Sequence[int]) -> Mask:
    """Shape (passages,): which hold all of the keys."""
    mask, held = np.ones(index.size, bool), index.find_entries(list(keys))
    for key in keys:
        one = np.zeros(index.size, bool)
        if key in held:
            one[held[key][0]] = True
        mask &= one
    return mask


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a sign where words have no spaces, from ``start`` to ``end`` of its text.

    ``exact`` is without case and accents, ``term`` without the ending, too; ``gap`` is what stands before it, without
    white space. The last unit of a text has no word: it ends the text.
    """

    exact: str
    term: str
    gap: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class QueryPhrase:
    """Units that are looked for side by side: an ``exact`` one in no other form and between the same signs."""

    tokens: tuple[Token, ...]
    exact: bool
    tail: str = ""


def list_wanted(words: str) -> list[tuple[str, bool]]:
    """What a person looks for: each word, and each phrase in quotation marks as (words, True)."""
    phrases = [(phrase, True) for phrase in QUOTED.findall(words)]
    return list(dict.fromkeys([*phrases, *((word, False) for word in QUOTED.sub(" ", words).split())]))


def make_query_phrase(tokens: Sequence[Token], *, exact: bool) -> QueryPhrase:
    """Of the units of a text, its last one included."""
    return QueryPhrase(tuple(tokens[:-1]), exact, tokens[-1].gap if exact else "")


def find_marks(phrases: Sequence[QueryPhrase], tokens: Sequence[Token], end: int) -> list[Span]:
    """Where the needles stand in a text, those that begin before ``end``; none unless each of them does.

    Of places that overlap the first counts, and of two that begin together the longer.
    """
    found = [[span for span in find_all(phrase, tokens) if span[0] < end] for phrase in phrases]
    if not all(found):
        return []
    marks: list[Span] = []
    for span in sorted(chain(*found), key=lambda span: (span[0], -span[1])):
        if not marks or span[0] >= marks[-1][1]:
            marks.append(span)
    return marks


def find_all(phrase: QueryPhrase, tokens: Sequence[Token]) -> list[Span]:
    """In reading order, none overlapping another."""
    size, place, spans = len(phrase.tokens), 0, []
    while place + size < len(tokens):
        if stands_at(phrase, tokens, place):
            spans.append((tokens[place].start, tokens[place + size - 1].end))
            place += size
        else:
            place += 1
    return spans


def stands_at(phrase: QueryPhrase, tokens: Sequence[Token], place: int) -> bool:
    for number, wanted in enumerate(phrase.tokens):
        given = tokens[place + number]
        if given.exact != wanted.exact and (phrase.exact or given.term != wanted.term):
            return False
        if number and given.gap != wanted.gap:
            return False
    if not phrase.exact:
        return True
    after = tokens[place + len(phrase.tokens)].gap
    return tokens[place].gap.endswith(phrase.tokens[0].gap) and after.startswith(phrase.tail)
