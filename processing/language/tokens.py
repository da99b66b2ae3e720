"""Terms of any script: folded, stemmed where a stemmer knows the language, n-grams where words have no spaces."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from unicodedata import decimal, normalize

import regex
import Stemmer

from processing.language.detect import ASKING, UNSPACED, WORD, is_stop_word

UNSPACED_RUN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{M}ー]+")
# Marks are accents in these scripts and may be folded away; in others they are vowels, or letters of their own.
FOLDED = regex.compile(r"[\p{Latin}\p{Greek}\p{Arabic}\p{Hebrew}]")
MARK = regex.compile(r"\p{M}")
HAN = regex.compile(r"\p{Han}")
NGRAMS_OF_CHARACTERS, NGRAMS_OF_LETTERS = (1, 2), (2, 3, 4)
SPELLED = 4
# Here marks tell words apart, as tones do; who types without them still meets the spelling.
MEANT_MARKS = frozenset({"vietnamese"})
# What people write for each other, and no decomposition tells.
ALIKE = str.maketrans(
    {"ё": "е", "ı": "i", "đ": "d", "ł": "l", "ø": "o", "œ": "oe", "æ": "ae"}
    | {"ى": "ي", "ة": "ه", "ـ": ""}
    | {"\u093c": "", "\u0901": "\u0902"}
)
# Hindi writes a nasal before a consonant as a letter or as a dot: हिन्दी, हिंदी.
NASAL = regex.compile(r"[ङञणनम]\u094d(?=[क-म])")
# Snowball knows this "and" before the bare word only.
ARABIC_AND = regex.compile(r"^[وف](?=(?:ال|بال|كال|لل)\p{Arabic}{2})")
# Of one syllable the tone is set on this vowel or on that: hòa, hoà.
TONE = regex.compile(r"[\u0300\u0301\u0303\u0309\u0323]")
# Signs that steer how letters are drawn, letters that are drawn alike, and digits of other scripts.
DRAWN = str.maketrans(
    dict.fromkeys("\u00ad\u200c\u200d")
    | {"ٱ": "ا", "ک": "ك", "ی": "ي"}
    | dict(zip("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९๐๑๒๓๔๕๖๗๘๙", "0123456789" * 4, strict=True))
)
# A Turkish capital I keeps its dot in small letters; Thai's am is typed in two orders, its ae as one sign or two.
TYPED = ("i\u0307", "i"), ("เเ", "แ")
THAI_AM = regex.compile(r"\u0e4d([\u0e48-\u0e4b])\u0e32")
local = threading.local()


def list_terms(text: str, language: str) -> list[str]:
    """Terms in reading order; the same for passages and questions."""
    return [term for word in list_words(text) for term in make_terms(word, language)]


def list_content_terms(text: str, language: str) -> list[str]:
    """Terms of the telling words."""
    return [term for word in list_content_words(text, language) for term in make_terms(word, language)]


def list_content_words(text: str, language: str) -> list[str]:
    """Words without the commonest of the language; all of them where nothing else is left."""
    words = list_words(text)
    parts = [part for word in words for part in (ASKING.split(word) if UNSPACED.search(word) else [word]) if part]
    return [part for part in parts if not is_stop_word(part, language)] or words


def count_content_words(text: str, language: str) -> int:
    """How many words are none of the commonest; a run without spaces counts as one."""
    return sum(not is_stop_word(word, language) for word in list_words(text))


def list_words(text: str) -> list[str]:
    """Words in small letters; a word is letters with their marks (a Devanagari vowel sign is one) and digits."""
    return [str(word) for word in WORD.findall(spell(text))]


def spell(text: str) -> str:
    """In small letters, each sign as it is written nowadays, in one of the ways that look the same."""
    if text.isascii():
        return text.lower()
    spelled = normalize("NFKC", text).casefold().translate(DRAWN)
    for typed, meant in TYPED:
        spelled = spelled.replace(typed, meant)
    return str(THAI_AM.sub(r"\1\u0e4d\u0e32", spelled))


@lru_cache(maxsize=65_536)
def make_terms(word: str, language: str) -> tuple[str, ...]:
    """One term for a word in small letters, many for a run of signs without spaces."""
    if UNSPACED.search(word):
        return tuple(list_ngrams(word))
    return (make_term(word, language),)


def make_term(word: str, language: str) -> str:
    """Stemmed while the accents stand, for the stemmers know endings by them; then folded."""
    if language == "arabic":
        word = ARABIC_AND.sub("", word)
    stem = find_stemmer(language)(word)
    return move_tones(stem) if language in MEANT_MARKS else fold(stem)


def move_tones(word: str) -> str:
    """Tones at the end of their syllable, which is a word."""
    parts = normalize("NFD", word)
    return str(TONE.sub("", parts)) + "".join(TONE.findall(parts))


def list_spelling(word: str, language: str) -> list[str]:
    """The four-letter parts of a telling word, its ends marked: forms and compounds that no stemmer knows meet there.

    None for numbers, of which a part says nothing, and for words without spaces, whose terms are such parts already.
    """
    if UNSPACED.search(word) or is_stop_word(word, language) or any(sign.isdecimal() for sign in word):
        return []
    ended = f"_{fold(word)}_"
    return [ended[start : start + SPELLED] for start in range(max(1, len(ended) - SPELLED + 1))]


def list_ngrams(word: str) -> list[str]:
    """Groups of signs of each run without spaces; other parts of the word as they are.

    A Chinese sign says something alone; letters of Thai do so from two on.
    """
    ngrams: list[str] = []
    for run in UNSPACED_RUN.findall(word):
        signs = regex.findall(r"\X", run)
        sizes = NGRAMS_OF_CHARACTERS if HAN.search(run) else NGRAMS_OF_LETTERS
        if len(signs) < min(sizes):
            ngrams.append(run)
        for size in sizes:
            ngrams.extend("".join(signs[start : start + size]) for start in range(len(signs) - size + 1))
    ngrams.extend(fold(part) for part in UNSPACED_RUN.split(word) if part)
    return ngrams


def fold(word: str) -> str:
    """Accents gone in the scripts where they are accents, ё is е, digits of any script are ours."""
    if word.isascii():
        return word
    clusters = regex.findall(r"\X", NASAL.sub("\u0902", word.translate(ALIKE)))
    folded = "".join(drop_accents(cluster) if FOLDED.match(cluster) else cluster for cluster in clusters)
    return "".join(str(decimal(sign)) if sign.isdecimal() else sign for sign in folded)


def drop_accents(cluster: str) -> str:
    return "".join(sign for sign in normalize("NFKD", cluster) if not MARK.match(sign))


def find_stemmer(language: str) -> Callable[[str], str]:
    """Snowball for the languages that it knows, the word itself for all others. A stemmer belongs to one thread."""
    stemmers: dict[str, Callable[[str], str]] = local.__dict__
    if language not in stemmers:
        known = language in Stemmer.algorithms()
        stemmers[language] = Stemmer.Stemmer(language).stemWord if known else str
    return stemmers[language]
