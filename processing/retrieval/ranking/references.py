"""Finds references in a question to a certain part of a text: quoted words, part numbers, ``article 32``, pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from processing.language.scripts import UNSPACED
from processing.language.table import ROWS
from processing.language.tokens import list_words, make_term

QUOTED = regex.compile(r"[\"“„«「『]([^\"“”„«»「」『』]{2,200})[\"”“»」』]")
CODE = regex.compile(r"(?<![\p{L}\p{N}])(?=\S*\p{N})[\p{L}\p{N}]+(?:[-./_][\p{L}\p{N}]+)+")
NUMBERED = regex.compile(r"(\p{L}[\p{L}\p{M}]+)\.?\s+(?:(?:n|no|nr|№)[.°º]?\s*)?(\p{N}+)(?![\p{L}\p{N}])")
# Numbered articles, chapters and the like in Chinese and Japanese, but not every counted thing.
NUMBERED_UNSPACED = regex.compile(
    r"第\s*[\p{N}一二三四五六七八九十百千零〇]+\s*[条條章节節款項项編编部卷篇号號図图圖表課课]"
)
PAGE_WORDS = "|".join(row.page for row in ROWS if row.page)
PAGE = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}])(?:{PAGE_WORDS})\.?\s*(?:n\.?\s*)?(\d{{1,5}})(?:\s*[-–]\s*(\d{{1,5}}))?"
    r"|第\s*(\d{1,5})\s*(?:页|頁|ページ)",
    regex.IGNORECASE,
)
MAX_PAGE_RANGE = 50
ALL_STOP_WORDS = frozenset[str]().union(*(row.stop_words for row in ROWS))
# Weights of references. Quoted words and part numbers certainly are references. A word and a number after it may follow
# each other by chance.
CERTAIN, LIKELY = 1.0, 0.5


@dataclass(frozen=True, slots=True)
class Reference:
    """Words that must follow each other in the passage that the question refers to. ``weight``: CERTAIN or LIKELY."""

    words: str
    weight: float

    def stands_in(self, text: str, language: str) -> bool:
        """Return whether the words follow each other in the text, in forms that have the same stems."""
        wanted, given = join_terms(self.words, language), join_terms(text, language)
        if UNSPACED.search(wanted):
            return wanted.replace(" ", "") in given.replace(" ", "")
        return f" {wanted} " in f" {given} "


def list_references(question: str) -> list[Reference]:
    """Return the references in a question without pages: quoted words, then part numbers, then numbered things."""
    unpaged = PAGE.sub(" ", question)
    references = [Reference(words, CERTAIN) for words in QUOTED.findall(unpaged) if list_words(words)]
    references += [Reference(code, CERTAIN) for code in CODE.findall(unpaged)]
    references += [Reference(words, CERTAIN) for words in NUMBERED_UNSPACED.findall(unpaged)]
    for word, number in NUMBERED.findall(unpaged):
        if word.lower() not in ALL_STOP_WORDS:
            references.append(Reference(f"{word} {number}", LIKELY))
    return list(dict.fromkeys(references))


def list_pages(question: str) -> list[int]:
    """Return the numbers of the pages that the question names, ascending.

    Of a range these are all pages, but no more than ``MAX_PAGE_RANGE`` after the first.
    """
    return sorted({page for match in PAGE.finditer(question) for page in iterate_range(match)})


def iterate_range(match: regex.Match[str]) -> Iterator[int]:
    first = int(match[1] or match[3])
    last = int(match[2] or first)
    yield from range(first, min(last, first + MAX_PAGE_RANGE) + 1)


def drop_pages(question: str) -> str:
    """Return the question without the pages that it names: ``page`` and ``5`` are not words to search for."""
    return str(PAGE.sub(" ", question))


def join_terms(text: str, language: str) -> str:
    return " ".join(make_term(word, language) for word in list_words(text))
