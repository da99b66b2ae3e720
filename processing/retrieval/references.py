"""What a question names exactly: quoted words, part numbers, ``article 32``, pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from processing.language.detect import STOP_WORDS, UNSPACED
from processing.language.tokens import list_words, make_term

QUOTED = regex.compile(r"[\"“„«「『]([^\"“”„«»「」『』]{2,200})[\"”“»」』]")
CODE = regex.compile(r"(?<![\p{L}\p{N}])(?=\S*\p{N})[\p{L}\p{N}]+(?:[-./_][\p{L}\p{N}]+)+")
NUMBERED = regex.compile(r"(\p{L}[\p{L}\p{M}]+)\.?\s+(?:(?:n|no|nr|№)[.°º]?\s*)?(\p{N}+)(?![\p{L}\p{N}])")
# Articles, chapters and the like; not every counted thing.
NUMBERED_UNSPACED = regex.compile(
    r"第\s*[\p{N}一二三四五六七八九十百千零〇]+\s*[条條章节節款项項编編部卷篇号號図图圖表課课]"
)
PAGE_WORDS = (
    r"pages?|pp?|pag|pagin[aei]|páginas?|pág|pàgina|seiten?|sayfa|strana|strona|sivu|oldal|trang|halaman|pagină"
    r"|bladzijde|blz|sida|side|страниц\p{L}*|стр|σελίδα|σελ|صفحة|الصفحة|पृष्ठ|หน้า"
)
PAGE = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}])(?:{PAGE_WORDS})\.?\s*(?:n\.?\s*)?(\d{{1,5}})(?:\s*[-–]\s*(\d{{1,5}}))?|第\s*(\d{{1,5}})\s*(?:页|頁|ページ)",
    regex.IGNORECASE,
)
LONGEST_PAGE_RANGE = 50
COMMON_ANYWHERE = frozenset[str]().union(*STOP_WORDS.values())
# What was quoted or is a part number is meant and nothing else; a word with a number may be there by chance.
CERTAIN, LIKELY = 1.0, 0.5


@dataclass(frozen=True, slots=True)
class Reference:
    """Words that stand together in the passage that is meant; ``weight`` from 0 to 1 says how surely."""

    words: str
    weight: float

    def stands_in(self, text: str, language: str) -> bool:
        """Whether the words stand in the text one after the other, in whatever form the stemmer takes for the same."""
        wanted, given = join_words(self.words, language), join_words(text, language)
        if UNSPACED.search(wanted):
            return wanted.replace(" ", "") in given.replace(" ", "")
        return f" {wanted} " in f" {given} "


def list_references(question: str) -> list[Reference]:
    """In the order of their kinds; a page is none of them, see ``list_pages``."""
    unpaged = PAGE.sub(" ", question)
    found = [Reference(words, CERTAIN) for words in QUOTED.findall(unpaged) if list_words(words)]
    found += [Reference(code, CERTAIN) for code in CODE.findall(unpaged)]
    found += [Reference(words, CERTAIN) for words in NUMBERED_UNSPACED.findall(unpaged)]
    for word, number in NUMBERED.findall(unpaged):
        if word.lower() not in COMMON_ANYWHERE:
            found.append(Reference(f"{word} {number}", LIKELY))
    return list(dict.fromkeys(found))


def list_pages(question: str) -> list[int]:
    """Pages that the question names, each of a range."""
    return sorted({page for match in PAGE.finditer(question) for page in list_range(match)})


def list_range(match: regex.Match[str]) -> Iterator[int]:
    first = int(match[1] or match[3])
    last = int(match[2] or first)
    yield from range(first, min(last, first + LONGEST_PAGE_RANGE) + 1)


def drop_pages(question: str) -> str:
    """The question without the pages that it names: ``page`` and ``5`` are no words to look for."""
    return str(PAGE.sub(" ", question))


def join_words(text: str, language: str) -> str:
    return " ".join(make_term(word, language) for word in list_words(text))
