"""The buttons below messages.

The data of each is ``verb:argument``; ``TAPS`` in bot/handlers/buttons.py says what a verb does. The argument grants
nothing, because ids in it are looked up among the rows of the person who taps.
"""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.render.format import format_pages
from bot.texts import say
from processing.questions.occurrences import find_pages
from processing.types import AnswerView, DocumentView, State

DOCS_PER_PAGE = 5
BUTTON_NAME_LENGTH = 40
CITES_PER_ROW = 3


def make_keyboard(*rows: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """Return a keyboard of rows, each a sequence of (label, data)."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


def start_keyboard(language: str) -> InlineKeyboardMarkup:
    return make_keyboard([(say(language, "button_sample"), "sample")])


def progress_keyboard(language: str, document_id: str) -> InlineKeyboardMarkup:
    return make_keyboard([(say(language, "button_cancel"), f"cancel:{document_id}")])


def ready_keyboard(language: str, document_id: str) -> InlineKeyboardMarkup:
    """Return the buttons below a document that is ready."""
    return make_keyboard(
        [
            (say(language, "button_ask"), f"ask:{document_id}"),
            (say(language, "button_export"), f"export:{document_id}"),
        ],
        [
            (say(language, "button_rename"), f"rename:{document_id}"),
            (say(language, "button_delete"), f"delete:{document_id}"),
        ],
    )


def card_keyboard(view: DocumentView, offset: int) -> InlineKeyboardMarkup:
    """Return the buttons on the card of a document, by its state, and one back to the list at ``offset``."""
    language = view.language
    first = []
    if view.searchable:
        first.append((say(language, "button_ask"), f"ask:{view.id}"))
    if view.state == State.READY:
        first.append((say(language, "button_export"), f"export:{view.id}"))
    if view.state in (State.QUEUED, State.WORKING):
        first.append((say(language, "button_cancel"), f"cancel:{view.id}"))
    if view.retryable:
        first.append((say(language, "button_retry"), f"retry:{view.id}"))
    change = [
        (say(language, "button_rename"), f"rename:{view.id}"),
        (say(language, "button_delete"), f"delete:{view.id}"),
    ]
    return make_keyboard(*([first] if first else []), change, [(say(language, "button_back"), f"docs:{offset}")])


def retry_keyboard(view: DocumentView) -> InlineKeyboardMarkup | None:
    if not view.retryable:
        return None
    retry, drop = say(view.language, "button_retry"), say(view.language, "button_delete")
    return make_keyboard([(retry, f"retry:{view.id}"), (drop, f"delete:{view.id}")])


def confirm_keyboard(language: str, document_id: str) -> InlineKeyboardMarkup:
    yes, keep = say(language, "button_delete_yes"), say(language, "button_keep")
    return make_keyboard([(yes, f"deleteyes:{document_id}"), (keep, f"card:{document_id}:0")])


def forget_keyboard(language: str) -> InlineKeyboardMarkup:
    return make_keyboard(
        [(say(language, "button_forget_yes"), "forgetyes"), (say(language, "button_keep"), "forgetno")]
    )


def docs_keyboard(language: str, views: Sequence[DocumentView], offset: int, count: int) -> InlineKeyboardMarkup:
    numbers = [(str(offset + number), f"card:{view.id}:{offset}") for number, view in enumerate(views, start=1)]
    pages = []
    if offset > 0:
        pages.append((say(language, "button_newer"), f"docs:{max(0, offset - DOCS_PER_PAGE)}"))
    if offset + len(views) < count:
        pages.append((say(language, "button_older"), f"docs:{offset + DOCS_PER_PAGE}"))
    return make_keyboard(*(row for row in (numbers, pages) if row))


def choice_keyboard(verb: str, views: Sequence[DocumentView]) -> InlineKeyboardMarkup:
    """Return one button for each document, whose data is ``verb`` and the document's id."""
    return make_keyboard(*([(shorten(view.name), f"{verb}:{view.id}")] for view in views))


def answer_keyboard(view: AnswerView) -> InlineKeyboardMarkup:
    """Return a button for each cited passage, one to ask all documents if only one was asked, and the rating."""
    language, rows = view.language, list_citation_rows(view)
    if view.document_id:
        rows.append([(say(language, "button_ask_all"), f"askall:{view.id}")])
    rows.append([(say(language, "button_good"), f"good:{view.id}"), (say(language, "button_bad"), f"bad:{view.id}")])
    return make_keyboard(*rows)


def occurrences_keyboard(view: AnswerView) -> InlineKeyboardMarkup | None:
    """Return a button for each passage shown, and one to search all documents if only one was searched."""
    rows = list_citation_rows(view)
    if view.document_id:
        rows.append([(say(view.language, "button_find_all"), f"findall:{view.id}")])
    return make_keyboard(*rows) if rows else None


def list_citation_rows(view: AnswerView) -> list[list[tuple[str, str]]]:
    """Return the buttons ``[n] p. m`` as rows of (label, data)."""
    cites = [
        (
            say(view.language, "button_cite", number=number, pages=format_pages(view.language, *pages)),
            f"cite:{view.id}:{number}",
        )
        for number, pages in enumerate((find_pages(quote, quote.mark) for quote in view.answer.quotes), 1)
    ]
    return [cites[start : start + CITES_PER_ROW] for start in range(0, len(cites), CITES_PER_ROW)]


def growing_keyboard(view: AnswerView) -> InlineKeyboardMarkup:
    return make_keyboard([(say(view.language, "button_stop"), f"stop:{view.id}")])


def again_keyboard(view: AnswerView) -> InlineKeyboardMarkup:
    return make_keyboard([(say(view.language, "button_again"), f"again:{view.id}")])


def along_row(language: str, question_id: str) -> list[InlineKeyboardButton]:
    """Return the row that replaces the rating buttons after a tap: a button to send the question along."""
    return [InlineKeyboardButton(say(language, "button_along"), callback_data=f"along:{question_id}")]


def shorten(name: str) -> str:
    return name if len(name) <= BUTTON_NAME_LENGTH else name[: BUTTON_NAME_LENGTH - 1] + "…"
