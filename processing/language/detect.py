"""Recognises the language of a text: by its script, and within one script by frequent words."""

from __future__ import annotations

from collections import Counter
from unicodedata import normalize

import regex

from processing.language.scripts import WORD
from processing.language.table import LANGUAGES

SAMPLE_CHARACTERS = 20_000
MIN_SCRIPT_SHARE = 0.3
# In running text about a quarter of all words are stop words. Tables, and texts in languages that are not in LANGUAGES,
# hold a few by chance.
MIN_WORD_SHARE = 0.05


def detect_language(text: str) -> str:
    """Return the name of a row of ``LANGUAGES``, or an empty string if the language is not recognised.

    A language that has no row may be taken for a similar one that has: Ukrainian text is ``russian``. Only the first
    ``SAMPLE_CHARACTERS`` characters are read.
    """
    sample = normalize("NFC", text[:SAMPLE_CHARACTERS]).lower()
    return detect_by_script(sample) or detect_by_words(sample)


def detect_by_script(sample: str) -> str:
    letters = sum(character.isalpha() for character in sample)
    for language in LANGUAGES.values():
        if letters and language.script and count(language.script, sample) > MIN_SCRIPT_SHARE * letters:
            return language.name
    return ""


def detect_by_words(sample: str) -> str:
    """Return the language with most stop words and words with its own letters, or an empty string if these are few."""
    words = Counter(WORD.findall(sample))
    if not words:
        return ""
    votes = {language.name: sum(words[word] for word in language.stop_words) for language in LANGUAGES.values()}
    for language in LANGUAGES.values():
        if language.own_letters:
            pattern = regex.compile(f"[{language.own_letters}]")
            votes[language.name] += sum(times for word, times in words.items() if pattern.search(word))
    best = max(votes, key=lambda name: votes[name])
    return best if votes[best] > MIN_WORD_SHARE * words.total() else ""


def count(characters: str, text: str) -> int:
    return len(regex.findall(f"[{characters}]", text))
