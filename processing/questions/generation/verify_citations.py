"""Checks that the words a model relies on stand in the passage it names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from processing.questions.generation.reply import CITED, Reply
from processing.types import Quote

# Words as short as these stand in any text; a sign of Chinese says about as much as two letters.
FEWEST_LETTERS = 8
OMISSION = re.compile(r"\s*[\[(]?(?:…|\.{3,})[\])]?\s*")
MINUS = "-\u2010\u2011\u2012\u2013\u2212"
DECIMAL = ".,:/"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without what layout adds; ``places[n]`` is where in the text ``letters[n]`` comes from."""

    letters: str
    places: tuple[int, ...]


def check_reply(reply: Reply, quotes: Sequence[Quote]) -> tuple[str, tuple[Quote, ...]]:
    """The text with its citations numbered from 1 as they come, and the passages cited, each checked.

    Numbers that were never given are dropped from the text.
    """
    cited = list(dict.fromkeys(number for number in reply.list_numbers() if 1 <= number <= len(quotes)))
    renumbered = {number: place for place, number in enumerate(cited, 1)}
    text = CITED.sub(lambda match: renumber(match, renumbered), reply.text)
    return text.strip(), tuple(check_quote(quotes[number - 1], reply.words.get(number, ())) for number in cited)


def renumber(match: re.Match[str], renumbered: dict[int, int]) -> str:
    """``[3, 7]`` becomes ``[1][2]``; what is left of nothing takes the space before it along."""
    numbers = [renumbered[int(number)] for number in re.findall(r"\d+", match["numbers"]) if int(number) in renumbered]
    return match["space"] + "".join(f"[{number}]" for number in numbers) if numbers else ""


def check_quote(quote: Quote, words: Sequence[str]) -> Quote:
    """The quote with the model's words marked in it, or marked as not verified."""
    found = [find_words(given, quote.text) for given in words]
    whole = [place for place in found if place is not None]
    if not whole or len(whole) < len(found):
        return replace(quote, mark=(0, 0), verified=False)
    return replace(quote, mark=whole[0], verified=True)


def find_words(words: str, text: str) -> tuple[int, int] | None:
    """Start and end in ``text`` of the words; None where they don't stand there or are too few to say anything.

    Line breaks, hyphens, ligatures, quotation marks, case, spaces and other signs don't count, but for those within a
    number. Parts with an omission (…) between them must follow one another.
    """
    folded, start, first, last = fold(text), 0, -1, -1
    parts = [part for part in map(fold, OMISSION.split(words)) if part.letters]
    if sum(map(weigh, parts)) < FEWEST_LETTERS:
        return None
    for part in parts:
        place = find_whole(part.letters, folded, text, start)
        if place is None:
            return None
        first = place if first < 0 else first
        last = start = place + len(part.letters)
    return folded.places[first], folded.places[last - 1] + 1


def find_whole(letters: str, folded: Folded, text: str, start: int) -> int | None:
    """Where the letters stand from ``start`` on without beginning or ending inside a word or a number."""
    place = folded.letters.find(letters, start)
    while place >= 0:
        end = place + len(letters)
        if not is_inside(folded, text, place) and not is_inside(folded, text, end):
            return place
        place = folded.letters.find(letters, place + 1)
    return None


def is_inside(folded: Folded, text: str, place: int) -> bool:
    """Whether the letters before and after ``place`` belong to one word or one number."""
    if not 0 < place < len(folded.letters):
        return False
    before, after = folded.letters[place - 1], folded.letters[place]
    if before in MINUS + DECIMAL or after in DECIMAL:
        return before in MINUS or before.isdigit() or after.isdigit()
    if folded.places[place] - folded.places[place - 1] > 1 or is_unspaced(before) or is_unspaced(after):
        return False
    return before.isdigit() == after.isdigit()


def fold(text: str) -> Folded:
    letters: list[str] = []
    places: list[int] = []
    for place, sign in list_signs(text):
        letters.append(sign)
        places.append(place)
    return Folded("".join(letters), tuple(places))


def list_signs(text: str) -> Iterator[tuple[int, str]]:
    """Letters, digits and the marks on them, small and decomposed; of all other signs those that make a number."""
    for place, sign in enumerate(text):
        if sign in DECIMAL or sign in MINUS:
            before, after = text[place - 1 : place], text[place + 1 : place + 2]
            if sign in DECIMAL and before.isdigit() and after.isdigit():
                yield place, sign
            elif sign in MINUS and after.isdigit() and not before.isalnum():
                yield place, "-"
            continue
        for part in unicodedata.normalize("NFKD", sign).casefold():
            if unicodedata.category(part)[0] in "LNM":
                yield place, part


def weigh(part: Folded) -> int:
    return sum(2 if letter.isdigit() or is_unspaced(letter) else 1 for letter in part.letters)


def is_unspaced(letter: str) -> bool:
    """Whether the letter is of a script that puts no spaces between words."""
    return letter >= "\u0e00" and unicodedata.name(letter, "").partition(" ")[0] in UNSPACED


UNSPACED = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})
