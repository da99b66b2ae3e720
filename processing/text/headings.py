"""Recognises headings by the form of a line alone."""

from __future__ import annotations

import re

LONGEST_HEADING = 90
MOST_WORDS = 10
LETTER = r"[^\W\d_]"
NUMBERED = re.compile(
    rf"(?:\d{{1,2}}(?:\.\d{{1,2}})*[.)]?|[IVXLC]{{1,6}}[.)]|[A-Z][.)]|§+\s*\d+\w?)\s+{LETTER}|第\S{{1,6}}[章节節条條回編编部]"
)
NAMED = re.compile(
    r"(?:chapter|article|section|part|appendix|annex|capitolo|articolo|sezione|parte|allegato|kapitel|artikel|teil|"
    r"chapitre|capítulo|глава|статья)\s+(?:\d|[IVXLC]+\b|[A-Z]\b)",
    re.IGNORECASE,
)
UNFINISHED = ".,;:!?…。，；：！？、،؛؟।-–—("


def is_heading(line: str) -> bool:
    """Return whether the line is short, does not end in punctuation, and has the form of a heading.

    These forms are a number and words (``2.1 Scope``), a word and a number (``Chapter 2``), or a few words that begin
    with a capital.
    """
    line = line.strip()
    if not line or len(line) > LONGEST_HEADING or line[-1] in UNFINISHED or "\t" in line or "|" in line:
        return False
    if NUMBERED.match(line) or NAMED.match(line):
        return True
    letters = sum(character.isalpha() for character in line)
    return line[0].isupper() and len(line.split()) <= MOST_WORDS and letters > len(line) / 2
