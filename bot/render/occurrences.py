"""Every place where words stand, as a message: counts, pages, the first few passages."""

from __future__ import annotations

from bot.render import keyboards
from bot.render.answer import ENDED, render_ended, render_marked, render_place
from bot.render.format import format_pages
from bot.render.keyboards import shorten
from bot.render.message import Rendered
from bot.texts import say
from processing.retrieval.phrases import list_wanted
from processing.types import AnswerView, Occurrences, Quote

MOST_DOCUMENTS = 12
SNIPPET_CHARACTERS = 200


def render_occurrences(view: AnswerView) -> Rendered:
    """How often the words stand, then the pages of each document, then some of the passages."""
    if view.error_key and view.state in ENDED:
        return render_ended(view)
    language, places = view.language, view.answer.places
    facts = {"words": shorten(view.question)} | ({"name": view.scope} if view.scope else {})
    scope = "one" if view.scope else "all"
    if not places:
        return Rendered(say(language, f"find_none_{scope}", **facts), keyboards.occurrences_keyboard(view))
    count, pages = sum(each.times for each in places), sum(each.pages for each in places)
    parts = [say(language, f"find_title_{scope}", count=count, pages=pages, **facts)]
    if len(list_wanted(view.question)) > 1:
        parts.append(f"<i>{say(language, 'find_together')}</i>")
    parts += [render_pages(view, each) for each in places[:MOST_DOCUMENTS]]
    if len(places) > MOST_DOCUMENTS:
        parts.append(say(language, "find_more_documents", count=len(places) - MOST_DOCUMENTS))
    parts += [render_snippet(view, number, quote) for number, quote in enumerate(view.answer.quotes, 1)]
    return Rendered("\n".join(parts), keyboards.occurrences_keyboard(view))


def render_pages(view: AnswerView, places: Occurrences) -> str:
    """The pages with their counts, below the name where more than one document was searched."""
    pages = ", ".join(format_pages(page, page) + (f" ×{times}" if times > 1 else "") for page, times in places.listed)
    if places.pages > len(places.listed):
        pages += " " + say(view.language, "find_more_pages", pages=places.pages - len(places.listed))
    if view.scope:
        return pages
    return f"{say(view.language, 'find_in', name=shorten(places.document_name), count=places.times)}\n{pages}"


def render_snippet(view: AnswerView, number: int, quote: Quote) -> str:
    passage = render_marked(quote, SNIPPET_CHARACTERS // 3, SNIPPET_CHARACTERS)
    return f"[{number}] {render_place(view, quote)}\n<blockquote>{passage}</blockquote>"
