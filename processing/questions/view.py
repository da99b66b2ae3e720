"""Turns rows of questions into what people are shown."""

from __future__ import annotations

from typing import Any

from db.models import Question
from processing.types import Answer, AnswerView, Occurrences, Quote


def view_answer(question: Question, language: str, scope: str | None, answer: Answer | None = None) -> AnswerView:
    """Return the view of a question. ``scope`` is the name of the document that was asked, or None for all.

    Without ``answer`` the view shows the stored one.
    """
    return AnswerView(
        id=question.id,
        tenant_id=question.tenant_id,
        language=language,
        chat_id=question.chat_id,
        message_id=question.message_id,
        question=question.text,
        state=question.state,
        document_id=question.document_id,
        scope=scope,
        answer=answer or read_answer(question.answer),
        error_key=question.error_key,
        asked_id=question.asked_id,
        kind=question.kind,
        bot_id=question.bot_id,
    )


def read_answer(stored: dict[str, Any]) -> Answer:
    """Return the answer from the result of ``dataclasses.asdict``, or an empty one from an empty dictionary."""
    quotes = tuple(map(read_quote, stored.get("quotes", ())))
    occurrences = tuple(map(read_occurrences, stored.get("occurrences", ())))
    return Answer(quotes, stored.get("text", ""), stored.get("note_key", ""), occurrences)


def read_quote(stored: dict[str, Any]) -> Quote:
    """Return the quote. JSON has made lists of its tuples, which are tuples again."""
    pairs = {name: tuple((one, other) for one, other in stored.get(name, ())) for name in ("marks", "page_breaks")}
    return Quote(**stored | pairs | {"mark": tuple(stored["mark"])})


def read_occurrences(stored: dict[str, Any]) -> Occurrences:
    return Occurrences(**stored | {"listed": tuple((page, times) for page, times in stored["listed"])})
