"""From views of answers to messages: quotes, or a model's words with their citations."""

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
from processing.types import AnswerView, Quote

QUOTE_CHARACTERS = 700
LONGEST_WORD = 40
SPACE = re.compile(r"\s+")
CITED = re.compile(r"\[(\d+)\]")
# What grows stays in one message.
GROWING_CHARACTERS = 3500
# What must be read before the answer is.
LEADING = ("note_uncited", "note_unverified_all", "note_overview")
ENDED = ("ready", "failed", "cancelled")


def render_searching(view: AnswerView) -> Rendered:
    if view.scope is None:
        return Rendered(say(view.language, "searching_all"))
    return Rendered(say(view.language, "searching_one", name=view.scope))


def render_answer(view: AnswerView) -> Rendered:
    """Quotes with their pages, or the model's text with the pages it rests on; plain text while it is being written."""
    if view.error_key and view.state in ENDED:
        return render_ended(view)
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


def render_ended(view: AnswerView) -> Rendered:
    """Stopped or failed: why, and the way to ask it once more."""
    return Rendered(render_error(view.language, view.error_key), keyboards.again_keyboard(view))


def render_growing(view: AnswerView) -> Rendered:
    """The newest words in one message; the whole comes at the end."""
    text = view.answer.text
    shown = text if len(text) <= GROWING_CHARACTERS else "…" + text[-GROWING_CHARACTERS:]
    if not text:
        return render_searching(view)
    return Rendered(f"{escape(shown, quote=False)} …", keyboards.growing_keyboard(view))


def render_written(view: AnswerView) -> list[str]:
    """What the model wrote, the pages it rests on, and which of them do not say what the model says they do."""
    quotes, note = view.answer.quotes, view.answer.note_key
    signs = [f"[{number}]" if quote.verified else f"[{number}?]" for number, quote in enumerate(quotes, 1)]
    parts = [CITED.sub(lambda match: find_sign(match, signs), format_markdown(view.answer.text))]
    if other := find_other(view):
        parts.insert(0, say(view.language, "answer_elsewhere", name=view.scope, other=other))
    if quotes:
        pages = "; ".join(f"{sign} {render_place(view, quote)}" for sign, quote in zip(signs, quotes, strict=True))
        key = "answer_nearest_pages" if note == "note_uncited" else "answer_pages"
        parts.append(f"\n{say(view.language, key, pages='')}{pages}")
    doubted = ", ".join(sign for sign, quote in zip(signs, quotes, strict=True) if not quote.verified)
    if doubted and note not in LEADING:
        parts.append(f"<i>{say(view.language, 'note_unverified', signs=doubted)}</i>")
    return parts


def find_other(view: AnswerView) -> str | None:
    """The name of the document that answers where the one that was asked doesn't."""
    quotes = view.answer.quotes
    elsewhere = view.scope and quotes and view.document_id not in (None, quotes[0].document_id)
    return quotes[0].document_name if elsewhere else None


def find_sign(match: re.Match[str], signs: Sequence[str]) -> str:
    number = int(match[1])
    return signs[number - 1] if 1 <= number <= len(signs) else ""


def render_quotes(view: AnswerView) -> list[str]:
    """The best one open; all folded under a plain word where none of them is telling."""
    relevant = any(quote.relevant for quote in view.answer.quotes)
    key = "answer_in" if relevant else "answer_nearest"
    title = say(view.language, f"{key}_one", name=view.scope) if view.scope else say(view.language, f"{key}_all")
    if other := find_other(view):
        title = say(view.language, "answer_elsewhere", name=view.scope, other=other)
    quotes = enumerate(view.answer.quotes, 1)
    return [title, *(render_quote(view, number, quote, folded=number > 1 or not relevant) for number, quote in quotes)]


def render_quote(view: AnswerView, number: int, quote: Quote, *, folded: bool) -> str:
    """A passage under its page; a folded one shows three lines until it is tapped, so it begins with what answers."""
    tag, lead = ("blockquote expandable", 0) if folded else ("blockquote", QUOTE_CHARACTERS // 2)
    return f"[{number}] {render_place(view, quote)}\n<{tag}>{render_marked(quote, lead)}</blockquote>"


def render_place(view: AnswerView, quote: Quote) -> str:
    """Page, with the document's name where more than one was asked."""
    pages = f"<b>{format_pages(*find_pages(quote, quote.mark))}</b>"
    return pages if view.scope else f"{make_safe(quote.document_name)}, {pages}"


def render_marked(quote: Quote, lead: int, room: int = QUOTE_CHARACTERS) -> str:
    """The passage cut to ``room`` around its mark, with at most ``lead`` before it, all marks in bold."""
    left, right = cut_around(quote.text, *quote.mark, lead, room)
    parts, place = ["…" if left else ""], left
    for start, end in quote.marks or (quote.mark,):
        if place <= start < end <= right:
            parts.append(escape(quote.text[place:start], quote=False))
            parts.append(f"<b>{escape(quote.text[start:end], quote=False)}</b>")
            place = end
    return "".join([*parts, escape(quote.text[place:right], quote=False), "…" if right < len(quote.text) else ""])


def cut_around(text: str, start: int, end: int, lead: int, room: int = QUOTE_CHARACTERS) -> tuple[int, int]:
    """Where to cut ``text`` so that ``start`` to ``end`` stays whole, between words where there are spaces."""
    left = max(0, start - lead)
    right = min(len(text), max(end, left + room))
    if left and (space := SPACE.search(text, left - 1, min(start, left + LONGEST_WORD))):
        left = space.end()
    if right < len(text) and (spaces := list(SPACE.finditer(text, max(end, right - LONGEST_WORD), right + 1))):
        right = spaces[-1].start()
    return left, right
