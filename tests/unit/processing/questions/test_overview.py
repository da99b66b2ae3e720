"""Questions about a whole document are distinguished from questions about something in it."""

from __future__ import annotations

import pytest

from processing.questions.intent import is_overview


@pytest.mark.parametrize(
    "question",
    [
        "summarise",
        "Summarize this document, please",
        "can you summarise the book?",
        "Give me a short summary of this document",
        "What is this document about?",
        "what's it about",
        "Riassumi il documento",
        "Di cosa parla questo libro?",
        "Di che cosa tratta?",
        "Fass das Dokument zusammen",
        "Worum geht es in diesem Buch?",
        "Resume este documento",
        "¿De qué trata este libro?",
        "De quoi parle ce livre ?",
        "О чём эта книга?",
    ],
)
def test_question_about_the_whole_document_is_an_overview(question: str) -> None:
    assert is_overview(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is a factor?",
        "What does the summary function do?",
        "Summarise the chapter about walruses and seals",
        "What is it?",
        "What does the book say about whales?",
        "Worum geht es beim Streit um die Fischerei vor Island?",
        "Di cosa parla il capitolo sulle foche?",
        "О чём говорит капитан в третьей главе книги?",
    ],
)
def test_question_about_something_in_it_is_no_overview(question: str) -> None:
    assert not is_overview(question)
