"""Which lines are headings, judged by their looks alone."""

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
    """A short line without a final stop that is numbered, or is titled: a capital first and few words."""
    line = line.strip()
    if not line or len(line) > LONGEST_HEADING or line[-1] in UNFINISHED or "\t" in line or "|" in line:
        return False
    if NUMBERED.match(line) or NAMED.match(line):
        return True
    return (
        line[0].isupper() and len(line.split()) <= MOST_WORDS and sum(sign.isalpha() for sign in line) > len(line) / 2
    )
