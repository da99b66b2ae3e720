"""Finds the sentence of a passage that answers a question best."""

from __future__ import annotations

import regex

from processing.language.detect import detect_language
from processing.language.tokens import list_content_terms, list_terms
from processing.types import Span

# A full stop after an initial or before a small letter does not end a sentence.
SENTENCE = regex.compile(
    r"\S.*?(?:(?:(?<!\b\p{Lu})\.|[!?…؟।])['\"»”’)\]]*(?=\s+(?!\p{Ll})|\s*$)"
    r"|[。！？]['\"」』”’）]*|(?=\n)|$)",
    regex.DOTALL,
)
# Long sentences share terms with any question by chance, so the score is divided by the root of the number of terms.
# The offset is added to that number, so that the length of short sentences makes little difference.
LENGTH_OFFSET = 8


def find_answer_sentence(question: str, text: str) -> Span:
    """Return the span of the sentence that shares most terms with the question for its length, or (0, 0)."""
    language = detect_language(text)
    wanted = set(list_content_terms(question, language))
    best_score, best_span = 0.0, (0, 0)
    for match in SENTENCE.finditer(text):
        terms = list_terms(match.group(), language)
        score = len(wanted & set(terms)) / (LENGTH_OFFSET + len(terms)) ** 0.5
        if score > best_score:
            best_score, best_span = score, (match.start(), match.start() + len(match.group().rstrip()))
    return best_span
