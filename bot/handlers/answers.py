"""The buttons below an answer: its sources, stop, ask again, good or bad."""

from __future__ import annotations

import logging
from contextlib import suppress

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.context import Context, edit_or_send, get_bot_context
from bot.render.answer import render_searching
from bot.render.document import render_error
from bot.render.keyboards import along_row
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import QueueUnavailable, UserMistake
from processing.questions import rating, submit
from processing.questions.preview import request_preview
from processing.types import AnswerView, QuestionKind

log = logging.getLogger(__name__)
RATING_BUTTONS = ("good:", "bad:", "along:")


async def show_citation(update: Update, context: Context, person: Person, rest: str) -> str | None:
    """Queue a preview of the passage behind a citation. Raise ``UserMistake`` if there is no such citation."""
    question_id, _, number = rest.partition(":")
    if not (number.isdecimal() and len(number) < 3):
        raise UserMistake("citation_gone")
    message_id = update.effective_message.message_id if update.effective_message else None
    try:
        await get_bot_context(context).run(
            request_preview, person.tenant_id, question_id, int(number), person.chat_id, message_id, person.origin
        )
    except QueueUnavailable as error:
        return say(person.language, error.key)
    return say(person.language, "citation_coming")


async def stop(_update: Update, context: Context, person: Person, rest: str) -> str | None:
    """Ask the worker to stop writing; the worker changes the message when it has stopped."""
    stopped = await get_bot_context(context).run(submit.stop_answer, person.tenant_id, rest)
    return say(person.language, "answer_stopping" if stopped else "answer_over")


async def again(_update: Update, context: Context, person: Person, rest: str) -> str | None:
    """Answer the question again, in the message of the earlier answer."""
    await ask_again(context, person, rest)
    return None


async def ask_again(
    context: Context, person: Person, question_id: str, text: str | None = None, kind: str = QuestionKind.QUESTION
) -> None:
    """Answer a question again, in the message of the earlier answer. ``text`` is its new text if it was edited."""
    bot_context = get_bot_context(context)
    if await bot_context.run(submit.is_submitted, person.tenant_id, person.origin):
        return
    view = await bot_context.run(submit.prepare_repeat, person.tenant_id, question_id, text, person.origin, kind)
    message_id = await show_searching(context, person, view)
    # The question is stored all the same, and the reconciler wakes a worker for it.
    with suppress(QueueUnavailable):
        try:
            await bot_context.run(submit.enqueue_question, view, message_id)
        except UserMistake as mistake:
            refusal = Rendered(render_error(person.language, mistake.key, mistake.facts))
            await edit_or_send(context.bot, person.chat_id, message_id, refusal)


async def show_searching(context: Context, person: Person, view: AnswerView) -> int | None:
    """Announce the search in the message of the earlier answer or in a new one; return the message's id.

    If that fails, the earlier message is used, because the answer comes all the same. A flood error is raised.
    """
    try:
        return await edit_or_send(context.bot, person.chat_id, view.message_id, render_searching(view))
    except RetryAfter:
        raise
    except TelegramError as error:
        log.warning("work_not_announced", extra={"question": view.id, "error": type(error).__name__})
        return view.message_id


async def rate_good(update: Update, context: Context, person: Person, rest: str) -> str | None:
    return await rate(update, context, person, rest, good=True)


async def rate_bad(update: Update, context: Context, person: Person, rest: str) -> str | None:
    return await rate(update, context, person, rest, good=False)


async def rate(update: Update, context: Context, person: Person, question_id: str, *, good: bool) -> str | None:
    """Store the rating without the question, and offer to send the question too."""
    await get_bot_context(context).run(rating.rate_answer, person.tenant_id, question_id, good)
    await change_rating_row(update, along_row(person.language, question_id))
    return say(person.language, "rated")


async def send_along(update: Update, context: Context, person: Person, rest: str) -> str | None:
    await get_bot_context(context).run(rating.add_question_to_rating, person.tenant_id, rest)
    await change_rating_row(update, [])
    return say(person.language, "sent_along")


async def change_rating_row(update: Update, row: list[InlineKeyboardButton]) -> None:
    """Replace the row of rating buttons by ``row``, or remove it if ``row`` is empty. All other rows stay.

    A message that is gone or too old to be edited keeps its buttons: the rating is stored all the same.
    """
    query = update.callback_query
    assert query is not None
    rows = [replaced for old in list_rows(query) if (replaced := row if is_rating_row(old) else old)]
    with suppress(BadRequest):
        await query.edit_message_reply_markup(InlineKeyboardMarkup(rows))


def list_rows(query: CallbackQuery) -> list[list[InlineKeyboardButton]]:
    markup = getattr(query.message, "reply_markup", None)
    return [list(row) for row in markup.inline_keyboard] if markup else []


def is_rating_row(row: list[InlineKeyboardButton]) -> bool:
    return any(str(button.callback_data).startswith(RATING_BUTTONS) for button in row)
