"""Finds words in a text without regard to line breaks, hyphens, ligatures, quotation marks, case and spaces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Fewer letters than these may stand in a text by chance. A digit, and a character of Chinese or Thai, counts as two.
FEWEST_LETTERS = 8
OMISSION = re.compile(r"\s*[\[(]?(?:…|\.{3,})[\])]?\s*")
MINUS = "-\u2010\u2011\u2012\u2013\u2212"
DECIMAL = ".,:/"
# Scripts without spaces between words, by the first word of the Unicode names of their letters.
UNSPACED = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without layout: ``letters[n]`` comes from the character at ``offsets[n]`` of the text."""

    letters: str
    offsets: tuple[int, ...]


def find_words(words: str, text: str) -> tuple[int, int] | None:
    """Return the start and end of the words in ``text``, or None.

    Punctuation counts only within a number. If the words hold an omission mark (…), the parts before and after it must
    follow one another. Words with fewer than ``FEWEST_LETTERS`` letters are not found: they could be there by chance.
    """
    folded, start, first, last = fold(text), 0, -1, -1
    parts = [part for part in map(fold, OMISSION.split(words)) if part.letters]
    if sum(map(weigh, parts)) < FEWEST_LETTERS:
        return None
    for part in parts:
        found = find_whole(part.letters, folded, text, start)
        if found is None:
            return None
        first = found if first < 0 else first
        last = start = found + len(part.letters)
    return folded.offsets[first], folded.offsets[last - 1] + 1


def find_whole(letters: str, folded: Folded, text: str, start: int) -> int | None:
    """Return the first index in ``folded``, from ``start`` on, at which the letters are whole words and numbers."""
    index = folded.letters.find(letters, start)
    while index >= 0:
        end = index + len(letters)
        if not is_inside(folded, text, index) and not is_inside(folded, text, end):
            return index
        index = folded.letters.find(letters, index + 1)
    return None


def is_inside(folded: Folded, text: str, index: int) -> bool:
    """Return whether the letters before and after ``index`` belong to one word or one number."""
    if not 0 < index < len(folded.letters):
        return False
    before, after = folded.letters[index - 1], folded.letters[index]
    if before in MINUS + DECIMAL or after in DECIMAL:
        return before in MINUS or before.isdigit() or after.isdigit()
    if folded.offsets[index] - folded.offsets[index - 1] > 1 or is_unspaced(before) or is_unspaced(after):
        return False
    return before.isdigit() == after.isdigit()


def fold(text: str) -> Folded:
    letters: list[str] = []
    offsets: list[int] = []
    for offset, letter in iterate_letters(text):
        letters.append(letter)
        offsets.append(offset)
    return Folded("".join(letters), tuple(offsets))


def iterate_letters(text: str) -> Iterator[tuple[int, str]]:
    """Yield letters, digits and their accents in lower case and decomposed, each with its offset.

    Of all other characters only those that are part of a number are yielded: a minus sign, decimal separators.
    """
    for offset, character in enumerate(text):
        if character in DECIMAL or character in MINUS:
            before, after = text[offset - 1 : offset], text[offset + 1 : offset + 2]
            if character in DECIMAL and before.isdigit() and after.isdigit():
                yield offset, character
            elif character in MINUS and after.isdigit() and not before.isalnum():
                yield offset, "-"
            continue
        for part in unicodedata.normalize("NFKD", character).casefold():
            if unicodedata.category(part)[0] in "LNM":
                yield offset, part


def weigh(part: Folded) -> int:
    """Return the number of letters. Digits, and letters of scripts without spaces between words, count as two."""
    return sum(2 if letter.isdigit() or is_unspaced(letter) else 1 for letter in part.letters)


def is_unspaced(letter: str) -> bool:
    """Return whether the letter is of a script without spaces between words."""
    return letter >= "\u0e00" and unicodedata.name(letter, "").partition(" ")[0] in UNSPACED
