"""Divides texts into sentences."""

from __future__ import annotations

from collections.abc import Iterator

import regex
import sentencex

from processing.types import Span

# Thai has no full stops. Where a line without sentences is longer than this, it is divided at its spaces.
LONGEST_UNDIVIDED = 200
# The number of a list's item, which the library takes for a sentence.
ITEM = regex.compile(r"[^\p{L}\p{N}]*(?:\p{N}{1,3}|\p{L})[.)]\s*")
LINE = regex.compile(r"[^\n]+")
CLAUSE = regex.compile(rf"\S.{{40,{LONGEST_UNDIVIDED}}}?(?=\s|$)|\S.*$")


def list_sentences(text: str, code: str = "en") -> list[Span]:
    """Return the spans of the sentences, without white space around them. A line break always ends a sentence.

    ``code`` is that of the language, such as ``en``; it decides which abbreviations are known.
    """
    spans = list[Span]()
    for line in LINE.finditer(text):
        spans += [trim(text, start + line.start(), end + line.start()) for start, end in divide(line[0], code)]
    return [span for span in spans if span[0] < span[1]]


def divide(line: str, code: str) -> Iterator[Span]:
    """Yield the spans of the sentences of one line."""
    start = end = 0
    for sentence in sentencex.segment(code, line):
        beginning = sentence.lstrip()[:1]
        if start < end and not beginning.islower() and not ITEM.fullmatch(line[start:end]):
            yield start, end
            start = end
        end += len(sentence)
    if start == 0 and end > LONGEST_UNDIVIDED:
        yield from (clause.span() for clause in CLAUSE.finditer(line))
    elif start < end:
        yield start, end


def trim(text: str, start: int, end: int) -> Span:
    sentence = text[start:end]
    return start + len(sentence) - len(sentence.lstrip()), start + len(sentence.rstrip())
