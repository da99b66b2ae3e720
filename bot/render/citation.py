"""Renders the passage behind a citation: the caption of the picture of its page, or a message of text."""

from __future__ import annotations

from html import escape

from bot.render.answer import render_highlighted
from bot.render.document import render_error
from bot.render.format import format_pages
from bot.render.message import Rendered
from bot.render.split import count_utf16
from bot.texts import say
from processing.questions.occurrences import find_pages
from processing.types import SourceView

LONGEST_CAPTION = 1024
# A caption that is too long is cut by so many characters at a time.
STEP = 100


def render_source(view: SourceView) -> Rendered:
    """Return the passage, folded, under the document's name and page; or why it can't be shown."""
    quote = view.quote
    if quote is None:
        return Rendered(render_error(view.language, view.error_key))
    first, last = (view.picture.page, view.picture.page) if view.picture else find_pages(quote, quote.mark)
    head = say(view.language, "source_title", name=quote.document_name, pages=format_pages(view.language, first, last))
    if view.picture is None:
        return Rendered(f"{head}\n<blockquote expandable>{render_with_neighbours(view)}</blockquote>")
    room = len(quote.text)
    # Telegram does not count the tags; counted here with them, the caption is a little shorter than it could be.
    while count_utf16(caption := render_caption(view, head, room)) > LONGEST_CAPTION and room > STEP:
        room -= STEP
    return Rendered(caption)


def render_caption(view: SourceView, head: str, room: int) -> str:
    """Return the caption with at most ``room`` characters of the passage."""
    assert view.quote is not None
    lead = room if room >= len(view.quote.text) else room // 2
    return f"{head}\n<blockquote expandable>{render_highlighted(view.quote, lead, room)}</blockquote>"


def render_with_neighbours(view: SourceView) -> str:
    """Return the passage in bold between the texts before and after it."""
    assert view.quote is not None
    parts = [escape(view.before, quote=False), f"<b>{escape(view.quote.text, quote=False)}</b>"]
    return "\n".join(filter(None, [*parts, escape(view.after, quote=False)]))
