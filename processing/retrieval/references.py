"""Finds what a question names exactly: quoted words, part numbers, ``article 32``, pages."""

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
# Articles, chapters and the like; not every counted thing.
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
# Quoted words and part numbers are meant exactly. A word with a number after it may be there by chance.
CERTAIN, LIKELY = 1.0, 0.5


@dataclass(frozen=True, slots=True)
class Reference:
    """Words that must stand side by side in the passage that is meant; ``weight`` is how likely they are meant so."""

    words: str
    weight: float

    def stands_in(self, text: str, language: str) -> bool:
        """Whether the words follow each other in the text, in any form that the stemmer takes for the same."""
        wanted, given = join_terms(self.words, language), join_terms(text, language)
        if UNSPACED.search(wanted):
            return wanted.replace(" ", "") in given.replace(" ", "")
        return f" {wanted} " in f" {given} "


def list_references(question: str) -> list[Reference]:
    """The references in a question: quoted words first, then part numbers, then numbered things. No pages."""
    unpaged = PAGE.sub(" ", question)
    references = [Reference(words, CERTAIN) for words in QUOTED.findall(unpaged) if list_words(words)]
    references += [Reference(code, CERTAIN) for code in CODE.findall(unpaged)]
    references += [Reference(words, CERTAIN) for words in NUMBERED_UNSPACED.findall(unpaged)]
    for word, number in NUMBERED.findall(unpaged):
        if word.lower() not in ALL_STOP_WORDS:
            references.append(Reference(f"{word} {number}", LIKELY))
    return list(dict.fromkeys(references))


def list_pages(question: str) -> list[int]:
    """The numbers of the pages that the question names, in ascending order; of a range every page."""
    return sorted({page for match in PAGE.finditer(question) for page in list_range(match)})


def list_range(match: regex.Match[str]) -> Iterator[int]:
    first = int(match[1] or match[3])
    last = int(match[2] or first)
    yield from range(first, min(last, first + MAX_PAGE_RANGE) + 1)


def drop_pages(question: str) -> str:
    """The question without the pages it names: ``page`` and ``5`` are not words to search for."""
    return str(PAGE.sub(" ", question))


def join_terms(text: str, language: str) -> str:
    return " ".join(make_term(word, language) for word in list_words(text))
