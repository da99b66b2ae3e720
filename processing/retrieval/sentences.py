"""The sentence of a passage that answers a question best."""

from __future__ import annotations

import regex

from processing.language.detect import detect_language
from processing.language.tokens import list_content_terms, list_terms

# No sentence ends with an initial, nor before a small letter.
SENTENCE = regex.compile(
    r"\S.*?(?:(?:(?<!\b\p{Lu})\.|[!?…؟।])['\"»”’)\]]*(?=\s+(?!\p{Ll})|\s*$)"
    r"|[。！？]['\"」』”’）]*|(?=\n)|$)",
    regex.DOTALL,
)
# A long sentence shares more by chance.
TERMS_FORGIVEN = 8


def find_answer_sentence(question: str, text: str) -> tuple[int, int]:
    """Start and end of the sentence that shares most terms with the question; (0, 0) where none shares any."""
    language = detect_language(text)
    wanted = set(list_content_terms(question, language))
    best, place = 0.0, (0, 0)
    for match in SENTENCE.finditer(text):
        terms = list_terms(match.group(), language)
        score = len(wanted & set(terms)) / (TERMS_FORGIVEN + len(terms)) ** 0.5
        if score > best:
            best, place = score, (match.start(), match.start() + len(match.group().rstrip()))
    return place
