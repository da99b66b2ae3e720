"""Renders every occurrence of the words of /find: counts, pages and the first few passages."""

from __future__ import annotations

from bot.render import keyboards
from bot.render.answer import ENDED, render_failed, render_highlighted, render_location
from bot.render.format import format_pages
from bot.render.keyboards import shorten
from bot.render.message import Rendered
from bot.texts import say
from processing.text.query import split_query
from processing.types import AnswerView, Occurrences, Quote

MOST_DOCUMENTS = 12
SNIPPET_CHARACTERS = 200


def render_occurrences(view: AnswerView) -> Rendered:
    """Return how often the words appear, the pages in each document, and some of the passages."""
    if view.error_key and view.state in ENDED:
        return render_failed(view)
    language, found = view.language, view.answer.occurrences
    facts = {"words": shorten(view.question)} | ({"name": view.scope} if view.scope else {})
    scope = "one" if view.scope else "all"
    note = [f"<i>{say(language, view.answer.note_key)}</i>"] if view.answer.note_key else []
    if not found:
        text = "\n".join([say(language, f"find_none_{scope}", **facts), *note])
        return Rendered(text, keyboards.occurrences_keyboard(view))
    count, pages = sum(document.times for document in found), sum(document.pages for document in found)
    parts = [say(language, f"find_title_{scope}", count=count, pages=pages, **facts), *note]
    if len(split_query(view.question)) > 1:
        parts.append(f"<i>{say(language, 'find_together')}</i>")
    parts += [render_pages(view, document) for document in found[:MOST_DOCUMENTS]]
    if len(found) > MOST_DOCUMENTS:
        parts.append(say(language, "find_more_documents", count=len(found) - MOST_DOCUMENTS))
    parts += [render_snippet(view, number, quote) for number, quote in enumerate(view.answer.quotes, 1)]
    return Rendered("\n".join(parts), keyboards.occurrences_keyboard(view))


def render_pages(view: AnswerView, found: Occurrences) -> str:
    """Return the pages of one document with their counts, below its name if several documents were searched."""
    pages = ", ".join(
        format_pages(view.language, page, page) + (f" ×{times}" if times > 1 else "") for page, times in found.listed
    )
    if found.pages > len(found.listed):
        pages += " " + say(view.language, "find_more_pages", pages=found.pages - len(found.listed))
    if view.scope:
        return pages
    return f"{say(view.language, 'find_in', name=shorten(found.document_name), count=found.times)}\n{pages}"


def render_snippet(view: AnswerView, number: int, quote: Quote) -> str:
    passage = render_highlighted(quote, SNIPPET_CHARACTERS // 3, SNIPPET_CHARACTERS)
    return f"[{number}] {render_location(view, quote)}\n<blockquote>{passage}</blockquote>"
