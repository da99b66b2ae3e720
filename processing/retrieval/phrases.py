"""Finds every occurrence of words and quoted phrases in the text of passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from unicodedata import normalize

import numpy as np
import regex
from numpy.typing import NDArray

from processing.language.scripts import HAN, UNSPACED, WORD
from processing.language.tokens import fold, list_ngrams, list_words, make_term
from processing.retrieval.keys import make_key, make_ngram_keys, make_term_keys
from processing.retrieval.lexical import LexicalIndex
from processing.text.query import split_query
from processing.types import Span

# A word with characters of a script without spaces has these parts: each such character, and each run of others.
CHARACTER = regex.compile(rf"(?={UNSPACED.pattern})\X|(?:(?!{UNSPACED.pattern})\X)+")
# Replaces typographic quotation marks and dashes by those on a keyboard.
KEYBOARD = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’ʼ", "'") | dict.fromkeys("‐‑‒–—−", "-"))
# The first character of a private range: none of them means anything.
FIRST_SIGN = 0xE000
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text from ``start`` to ``end``, or one character of a script without spaces between words.

    ``exact`` is the word without case and accents, ``term`` also without its ending. ``gap`` is the text between the
    token before and this one, without white space. The last token of a text is an empty word behind the last gap.
    """

    exact: str
    term: str
    gap: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class QueryPhrase:
    """Tokens that must follow each other in a text.

    The punctuation between them must be the same. In an ``exact`` phrase, one in quotation marks, the words must also
    have the same endings and the punctuation around them must be the same; ``tail`` is that after the last token.
    """

    tokens: tuple[Token, ...]
    exact: bool
    tail: str = ""


def list_query_phrases(words: str, language: str) -> list[QueryPhrase]:
    """Return the phrases of a query for texts in this language, without parts that have no letter or digit."""
    phrases = [make_query_phrase(list_tokens(part, language), exact=exact) for part, exact in split_query(words)]
    return [phrase for phrase in phrases if phrase.tokens]


def make_query_phrase(tokens: Sequence[Token], *, exact: bool) -> QueryPhrase:
    """Return the phrase of ``tokens``, the result of ``list_tokens`` with its empty last token."""
    return QueryPhrase(tuple(tokens[:-1]), exact, tokens[-1].gap if exact else "")


def list_tokens(text: str, language: str) -> list[Token]:
    """Return the tokens of a text, and an empty last token."""
    tokens, end = [], 0
    for start, stop in iterate_spans(text):
        for exact, term in fold_word(text[start:stop], language):
            tokens.append(Token(exact, term, normalise_gap(text[end:start]), start, stop))
            end = stop
    return [*tokens, Token("", "", normalise_gap(text[end:]), len(text), len(text))]


def iterate_spans(text: str) -> Iterator[Span]:
    for word in WORD.finditer(text):
        if UNSPACED.search(word[0]):
            yield from (character.span() for character in CHARACTER.finditer(text, *word.span()))
        else:
            yield word.span()


@lru_cache(maxsize=65_536)
def fold_word(word: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return (exact, term) of a word. There are several if the word holds a sign such as ``½``, which is two words."""
    return tuple((fold(part), make_term(part, language)) for part in list_words(word))


def normalise_gap(gap: str) -> str:
    return "" if gap.isspace() else "".join(normalize("NFKC", gap.translate(KEYBOARD)).split())


def list_candidates(index: LexicalIndex, words: str) -> list[int]:
    """Return the numbers of the passages that may hold all words, some of them perhaps in the passage that follows.

    No other passage holds all words.
    """
    held = np.ones(index.size, bool)
    for word in {word for part, _ in split_query(words) for word in list_words(part)}:
        mask = mask_holders(index, word)
        mask[:-1] |= mask[1:]
        held &= mask
    return [int(number) for number in np.flatnonzero(held)]


def mask_holders(index: LexicalIndex, word: str) -> Mask:
    """Return an array of shape (passages,): True if the passage may hold the word, in any form, without accents."""
    if UNSPACED.search(word):
        return mask_all(index, [make_key(ngram) for ngram in list_ngrams(word) if is_indexed(ngram)])
    mask = mask_all(index, make_term_keys(word, index.language))
    ngrams = make_ngram_keys(word, index.language)
    return mask | mask_all(index, ngrams) if ngrams else mask


def is_indexed(ngram: str) -> bool:
    """Return whether every passage with the n-gram has its key. For longer ones this depends on the run around them."""
    size = len(regex.findall(r"\X", ngram))
    return not UNSPACED.search(ngram) or size == 2 or (size == 1 and bool(HAN.search(ngram)))


def mask_all(index: LexicalIndex, keys: Sequence[int]) -> Mask:
    """Return an array of shape (passages,): True if the passage holds all of the keys."""
    mask, entries = np.ones(index.size, bool), index.find_entries(list(keys))
    for key in keys:
        holders = np.zeros(index.size, bool)
        if key in entries:
            holders[entries[key][0]] = True
        mask &= holders
    return mask


def list_matches(phrases: Sequence[QueryPhrase], tokens: Sequence[Token], end: int) -> list[Span]:
    """Return the spans of all phrases that begin before ``end``, or an empty list if one of the phrases is not found.

    Of spans that overlap only the first is kept, and of two that begin together only the longer.
    """
    found = [[span for span in match_phrase(phrase, tokens) if span[0] < end] for phrase in phrases]
    if not all(found):
        return []
    spans: list[Span] = []
    for span in sorted(chain(*found), key=lambda span: (span[0], -span[1])):
        if not spans or span[0] >= spans[-1][1]:
            spans.append(span)
    return spans


def match_phrase(phrase: QueryPhrase, tokens: Sequence[Token]) -> list[Span]:
    """Return the spans of one phrase in reading order. They do not overlap."""
    if phrase.exact and len(phrase.tokens) > 1:
        return match_exact(phrase, tokens)
    size, index, spans = len(phrase.tokens), 0, []
    while index + size < len(tokens):
        if matches_at(phrase, tokens, index):
            spans.append((tokens[index].start, tokens[index + size - 1].end))
            index += size
        else:
            index += 1
    return spans


def match_exact(phrase: QueryPhrase, tokens: Sequence[Token]) -> list[Span]:
    """Like ``match_phrase`` for an exact phrase of several tokens, in a time that does not grow with its length.

    Each pair of word and gap becomes a character, and the string search of Python finds the phrase.
    """
    signs: dict[tuple[str, str], str] = {}
    text = "".join(signs.setdefault((token.exact, token.gap), chr(FIRST_SIGN + len(signs))) for token in tokens[:-1])
    # The gap before the first token may be longer in the text, so that token is compared by itself.
    wanted = "".join(signs.get((token.exact, token.gap), "") for token in phrase.tokens[1:])
    first, size, spans = phrase.tokens[0], len(phrase.tokens), list[Span]()
    if len(wanted) < size - 1:
        return spans
    found = text.find(wanted, 1)
    while found > 0:
        start, after = tokens[found - 1], tokens[found - 1 + size].gap
        matches = start.exact == first.exact and start.gap.endswith(first.gap) and after.startswith(phrase.tail)
        if matches:
            spans.append((start.start, tokens[found - 2 + size].end))
        found = text.find(wanted, found + (size if matches else 1))
    return spans


def matches_at(phrase: QueryPhrase, tokens: Sequence[Token], index: int) -> bool:
    for number, wanted in enumerate(phrase.tokens):
        given = tokens[index + number]
        if given.exact != wanted.exact and (phrase.exact or given.term != wanted.term):
            return False
        if number and given.gap != wanted.gap:
            return False
    if not phrase.exact:
        return True
    after = tokens[index + len(phrase.tokens)].gap
    return tokens[index].gap.endswith(phrase.tokens[0].gap) and after.startswith(phrase.tail)
