"""Splits texts into words and turns words into terms, so that the forms of a word have the same term.

A word becomes one term, without the prefix and the ending that its language removes. Accents are dropped, except in
languages whose words differ by them (``marks_matter``). A run of characters in a script without spaces becomes several
overlapping terms, its n-grams.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from unicodedata import decimal, normalize

import regex
import Stemmer

from processing.language.scripts import ASKING, HAN, UNSPACED, UNSPACED_RUN, WORD
from processing.language.table import get_language

# In these scripts marks are accents and can be dropped. In other scripts they are vowels or parts of a letter.
ACCENTED = regex.compile(r"[\p{Latin}\p{Greek}\p{Arabic}\p{Hebrew}]")
MARK = regex.compile(r"\p{M}")
# A Chinese character has a meaning by itself, a Thai letter has none.
HAN_NGRAM_SIZES, LETTER_NGRAM_SIZES = (1, 2), (2, 3, 4)
SPELLING_NGRAM_SIZE = 4
# Letters that people type in place of each other, and marks that they leave out. Dropping accents does not make the
# spellings equal.
EQUIVALENT_LETTERS = str.maketrans(
    {"ё": "е", "ı": "i", "đ": "d", "ł": "l", "ø": "o", "œ": "oe", "æ": "ae"}
    | {"ى": "ي", "ة": "ه", "ـ": ""}
    | {"\u093c": "", "\u0901": "\u0902"}
)
# Hindi writes a nasal before a consonant as a letter or as a dot: हिन्दी, हिंदी.
NASAL = regex.compile(r"[ङञणनम]\u094d(?=[क-म])")
# Vietnamese writes the tone of a syllable on either of two vowels: hòa, hoà.
TONE = regex.compile(r"[\u0300\u0301\u0303\u0309\u0323]")
# Invisible characters that say how letters are drawn, letters that look alike, and the digits of other scripts.
EQUIVALENT_CHARACTERS = str.maketrans(
    dict.fromkeys("\u00ad\u200c\u200d")
    | {"ٱ": "ا", "ک": "ك", "ی": "ي"}
    | dict(zip("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९๐๑๒๓๔๕๖๗๘๙", "0123456789" * 4, strict=True))
)
# The Turkish capital İ in lower case is i with a dot above it; the Thai vowel แ is also typed as two เ.
EQUIVALENT_SEQUENCES = ("i\u0307", "i"), ("เเ", "แ")
# The Thai vowel "am" is typed before or after the tone mark.
THAI_AM = regex.compile(r"\u0e4d([\u0e48-\u0e4b])\u0e32")
# Stemmers are not thread-safe.
local = threading.local()


def list_terms(text: str, language: str) -> list[str]:
    """Return all terms of a text, in reading order."""
    return [term for word in list_words(text) for term in make_terms(word, language)]


def list_content_terms(text: str, language: str) -> list[str]:
    """Return the terms of the words that ``list_content_words`` gives."""
    return [term for word in list_content_words(text, language) for term in make_terms(word, language)]


def list_content_words(text: str, language: str) -> list[str]:
    """Return the words of a text that are not stop words, or all words if there are only stop words.

    In a script without spaces, words that only ask (who, how many) are cut out of the text around them.
    """
    words = list_words(text)
    parts = [part for word in words for part in (ASKING.split(word) if UNSPACED.search(word) else [word]) if part]
    return [part for part in parts if not is_stop_word(part, language)] or words


def count_content_words(text: str, language: str) -> int:
    """Return the number of words that are not stop words. A phrase in a script without spaces counts as one word."""
    return sum(not is_stop_word(word, language) for word in list_words(text))


def is_stop_word(word: str, language: str) -> bool:
    return word in get_language(language).stop_words


def list_words(text: str) -> list[str]:
    """Return the words of a text in lower case and in reading order, without punctuation."""
    return [str(word) for word in WORD.findall(normalise(text))]


def normalise(text: str) -> str:
    """Return the text in lower case, with one spelling for characters and sequences that look the same."""
    if text.isascii():
        return text.lower()
    normalised = normalize("NFKC", text).casefold().translate(EQUIVALENT_CHARACTERS)
    for sequence, replacement in EQUIVALENT_SEQUENCES:
        normalised = normalised.replace(sequence, replacement)
    return str(THAI_AM.sub(r"\1\u0e4d\u0e32", normalised))


@lru_cache(maxsize=65_536)
def make_terms(word: str, language: str) -> tuple[str, ...]:
    """Return the terms of a word in lower case: one term, or the n-grams if the word is in a script without spaces."""
    if UNSPACED.search(word):
        return tuple(list_ngrams(word))
    return (make_term(word, language),)


def make_term(word: str, language: str) -> str:
    """Return the word without its prefix and ending, if the language has rules for them, and without accents.

    Accents are removed last, because stemmers need them. If ``marks_matter``, they are kept.
    """
    row = get_language(language)
    if row.prefix:
        word = regex.sub(row.prefix, "", word)
    stem = get_stemmer(row.stemmer)(word)
    return move_tones(stem) if row.marks_matter else fold(stem)


def move_tones(word: str) -> str:
    """Return the word with its tone marks moved to its end; in Vietnamese every word is one syllable."""
    characters = normalize("NFD", word)
    return str(TONE.sub("", characters)) + "".join(TONE.findall(characters))


def list_spelling_ngrams(word: str, language: str) -> list[str]:
    """Return the n-grams of ``SPELLING_NGRAM_SIZE`` letters of a word, with ``_`` added at both ends of the word.

    Forms and compounds that no stemmer relates share some of these n-grams. The list is empty for a stop word, for a
    word with digits, and for a word in a script without spaces, whose terms are n-grams already.
    """
    if UNSPACED.search(word) or is_stop_word(word, language) or any(letter.isdecimal() for letter in word):
        return []
    bounded = f"_{fold(word)}_"
    starts = range(max(1, len(bounded) - SPELLING_NGRAM_SIZE + 1))
    return [bounded[start : start + SPELLING_NGRAM_SIZE] for start in starts]


def list_ngrams(word: str) -> list[str]:
    """Return the terms of a word that has characters of a script without spaces.

    First come the n-grams of each run of such characters, then the other parts of the word, folded.
    """
    ngrams: list[str] = []
    for run in UNSPACED_RUN.findall(word):
        characters = regex.findall(r"\X", run)
        sizes = HAN_NGRAM_SIZES if HAN.search(run) else LETTER_NGRAM_SIZES
        if len(characters) < min(sizes):
            ngrams.append(run)
        for size in sizes:
            ngrams.extend("".join(characters[start : start + size]) for start in range(len(characters) - size + 1))
    ngrams.extend(fold(part) for part in UNSPACED_RUN.split(word) if part)
    return ngrams


def fold(word: str) -> str:
    """Return the word without accents, with equivalent letters replaced (ё by е) and digits of any script as 0 to 9."""
    if word.isascii():
        return word
    clusters = regex.findall(r"\X", NASAL.sub("\u0902", word.translate(EQUIVALENT_LETTERS)))
    folded = "".join(drop_accents(cluster) if ACCENTED.match(cluster) else cluster for cluster in clusters)
    return "".join(str(decimal(letter)) if letter.isdecimal() else letter for letter in folded)


def drop_accents(cluster: str) -> str:
    return "".join(character for character in normalize("NFKD", cluster) if not MARK.match(character))


def get_stemmer(algorithm: str) -> Callable[[str], str]:
    """Return this thread's Snowball stemmer. For an empty ``algorithm`` it returns each word as it is."""
    stemmers: dict[str, Callable[[str], str]] = local.__dict__
    if algorithm not in stemmers:
        stemmers[algorithm] = Stemmer.Stemmer(algorithm).stemWord if algorithm else str
    return stemmers[algorithm]
