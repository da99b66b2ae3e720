"""Renders an answer: the best passages, or the text of a language model with its citations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from bot.render import keyboards
from bot.render.document import render_error
from bot.render.format import format_pages
from bot.render.markdown import format_markdown
from bot.render.message import Rendered
from bot.texts import make_safe, say
from processing.questions.occurrences import find_pages
from processing.types import AnswerView, Quote, State

QUOTE_CHARACTERS = 700
LONGEST_WORD = 40
SPACE = re.compile(r"\s+")
CITED = re.compile(r"\[(\d+)\]")
# An answer that is still being written is shown in one message.
GROWING_CHARACTERS = 3500
# Notes that stand above the answer, because they change how it is to be read; the others stand below.
LEADING = ("note_uncited", "note_unverified_all", "note_overview")
ENDED = (State.READY, State.FAILED, State.CANCELLED)


def render_searching(view: AnswerView) -> Rendered:
    if view.scope is None:
        return Rendered(say(view.language, "searching_all"))
    return Rendered(say(view.language, "searching_one", name=view.scope))


def render_answer(view: AnswerView) -> Rendered:
    """Return the message about a question: that it is searched, the text so far, the answer, or why there is none."""
    if view.error_key and view.state in ENDED:
        return render_failed(view)
    if view.state not in ENDED:
        return render_growing(view)
    keyboard = keyboards.answer_keyboard(view)
    if not view.answer.quotes and not view.answer.text:
        parts = [render_nothing(view)]
    else:
        parts = render_written(view) if view.answer.text else render_quotes(view)
    if view.answer.note_key:
        note = f"<i>{say(view.language, view.answer.note_key)}</i>"
        parts = [f"{note}\n", *parts] if view.answer.note_key in LEADING else [*parts, note]
    return Rendered("\n".join(parts), keyboard)


def render_nothing(view: AnswerView) -> str:
    key, facts = ("answer_none_one", {"name": view.scope}) if view.scope else ("answer_none_all", {})
    return say(view.language, key, **facts)


def render_failed(view: AnswerView) -> Rendered:
    """Return why there is no answer, with a button to ask the question again."""
    return Rendered(render_error(view.language, view.error_key), keyboards.again_keyboard(view))


def render_growing(view: AnswerView) -> Rendered:
    """Return the end of the text so far, as plain text because its Markdown may not be closed yet."""
    text = view.answer.text
    shown = text if len(text) <= GROWING_CHARACTERS else "…" + text[-GROWING_CHARACTERS:]
    if not text:
        return render_searching(view)
    return Rendered(f"{escape(shown, quote=False)} …", keyboards.growing_keyboard(view))


def render_written(view: AnswerView) -> list[str]:
    """Return the lines of a model's answer: the text, the pages of its citations, and which are not verified."""
    quotes, note = view.answer.quotes, view.answer.note_key
    labels = [f"[{number}]" if quote.verified else f"[{number}?]" for number, quote in enumerate(quotes, 1)]
    parts = [CITED.sub(lambda match: find_label(match, labels), format_markdown(view.answer.text))]
    if other := find_other(view):
        parts.insert(0, say(view.language, "answer_elsewhere", name=view.scope, other=other))
    if quotes:
        pages = "; ".join(
            f"{label} {render_location(view, quote)}" for label, quote in zip(labels, quotes, strict=True)
        )
        key = "answer_nearest_pages" if note == "note_uncited" else "answer_pages"
        parts.append(f"\n{say(view.language, key, pages='')}{pages}")
    unverified = ", ".join(label for label, quote in zip(labels, quotes, strict=True) if not quote.verified)
    if unverified and note not in LEADING:
        parts.append(f"<i>{say(view.language, 'note_unverified', citations=unverified)}</i>")
    return parts


def find_other(view: AnswerView) -> str | None:
    """Return the name of the document that the answer comes from if another one was asked, else None."""
    quotes = view.answer.quotes
    elsewhere = view.scope and quotes and view.document_id not in (None, quotes[0].document_id)
    return quotes[0].document_name if elsewhere else None


def find_label(match: re.Match[str], labels: Sequence[str]) -> str:
    """Return the label of the citation that the model wrote as ``[n]``, or an empty text if there is no n-th quote."""
    number = int(match[1])
    return labels[number - 1] if 1 <= number <= len(labels) else ""


def render_quotes(view: AnswerView) -> list[str]:
    """Return the lines of an answer without a model: the best passage open, the others folded.

    If no passage is relevant, the title says that these are only the closest passages, and all are folded.
    """
    relevant = any(quote.relevant for quote in view.answer.quotes)
    key = "answer_in" if relevant else "answer_nearest"
    title = say(view.language, f"{key}_one", name=view.scope) if view.scope else say(view.language, f"{key}_all")
    if other := find_other(view):
        title = say(view.language, "answer_elsewhere", name=view.scope, other=other)
    quotes = enumerate(view.answer.quotes, 1)
    return [title, *(render_quote(view, number, quote, folded=number > 1 or not relevant) for number, quote in quotes)]


def render_quote(view: AnswerView, number: int, quote: Quote, *, folded: bool) -> str:
    """Return the page of a passage, and below it the passage.

    Of a ``folded`` passage Telegram shows only the first three lines, so it begins with the span that answers best.
    """
    tag, lead = ("blockquote expandable", 0) if folded else ("blockquote", QUOTE_CHARACTERS // 2)
    return f"[{number}] {render_location(view, quote)}\n<{tag}>{render_highlighted(quote, lead)}</blockquote>"


def render_location(view: AnswerView, quote: Quote) -> str:
    """Return the page of the quote, after the document's name if all documents were asked."""
    pages = f"<b>{format_pages(view.language, *find_pages(quote, quote.mark))}</b>"
    return pages if view.scope else f"{make_safe(quote.document_name)}, {pages}"


def render_highlighted(quote: Quote, lead: int, room: int = QUOTE_CHARACTERS) -> str:
    """Return the passage, cut as ``cut_around`` says, with ``quote.marks`` in bold, or ``quote.mark`` without them."""
    left, right = cut_around(quote.text, *quote.mark, lead, room)
    parts, position = ["…" if left else ""], left
    for start, end in quote.marks or (quote.mark,):
        if position <= start < end <= right:
            parts.append(escape(quote.text[position:start], quote=False))
            parts.append(f"<b>{escape(quote.text[start:end], quote=False)}</b>")
            position = end
    rest = escape(quote.text[position:right], quote=False)
    return "".join([*parts, rest, "…" if right < len(quote.text) else ""])


def cut_around(text: str, start: int, end: int, lead: int, room: int = QUOTE_CHARACTERS) -> tuple[int, int]:
    """Return (start, end) of the piece of ``text`` to show around the span from ``start`` to ``end``.

    The piece contains the whole span and at most ``lead`` characters before it. It has at most ``room`` characters,
    unless that would cut the span. It begins and ends at a space if there is one within ``LONGEST_WORD`` characters.
    """
    left = max(0, start - lead)
    right = min(len(text), max(end, left + room))
    if left and (space := SPACE.search(text, left - 1, min(start, left + LONGEST_WORD))):
        left = space.end()
    if right < len(text) and (spaces := list(SPACE.finditer(text, max(end, right - LONGEST_WORD), right + 1))):
        right = spaces[-1].start()
    return left, right
