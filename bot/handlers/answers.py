"""Taps under an answer: its sources, stop, once more, good or bad."""

from __future__ import annotations

from contextlib import suppress

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.context import Context, edit_or_send, get_bot_context
from bot.render.answer import render_searching
from bot.render.keyboards import along_row
from bot.tenancy import Person
from bot.texts import say
from errors import QueueUnavailable, UserMistake
from processing.questions import rating, request_preview, submit

RATING_BUTTONS = ("good:", "bad:", "along:")


async def show_citation(update: Update, context: Context, person: Person, rest: str) -> str | None:
    """Queue it and say that it comes; what was forged finds nothing."""
    question_id, _, number = rest.partition(":")
    if not (number.isdecimal() and len(number) < 3):
        raise UserMistake("citation_gone")
    message = update.effective_message
    place = (person.chat_id, message.message_id if message else None)
    try:
        await get_bot_context(context).run(request_preview.order_showing, person.tenant_id, question_id, int(number), *place)
    except QueueUnavailable as error:
        return say(person.language, error.key)
    return say(person.language, "citation_coming")


async def stop(_update: Update, context: Context, person: Person, rest: str) -> str | None:
    """The message itself says how it ended, when the worker has noticed."""
    stopped = await get_bot_context(context).run(submit.stop_answer, person.tenant_id, rest)
    return say(person.language, "answer_stopping" if stopped else "answer_over")


async def again(_update: Update, context: Context, person: Person, rest: str) -> str | None:
    """The same question, answered anew in the same message."""
    await ask_again(context, person, rest)
    return None


async def ask_again(
    context: Context, person: Person, question_id: str, text: str | None = None, kind: str = "question"
) -> None:
    """Ask a question once more, or what its owner made of it by editing, in the message of its answer."""
    bot_context = get_bot_context(context)
    view = await bot_context.run(submit.prepare_again, person.tenant_id, question_id, text, person.origin, kind)
    message_id = await edit_or_send(context.bot, person.chat_id, view.message_id, render_searching(view))
    # Where the bell can't be rung, the question is kept and the sweep rings for it.
    with suppress(QueueUnavailable):
        await bot_context.run(submit.enqueue_question, view, message_id)


async def rate_good(update: Update, context: Context, person: Person, rest: str) -> str | None:
    return await rate(update, context, person, rest, good=True)


async def rate_bad(update: Update, context: Context, person: Person, rest: str) -> str | None:
    return await rate(update, context, person, rest, good=False)


async def rate(update: Update, context: Context, person: Person, question_id: str, *, good: bool) -> str | None:
    """Record it, and offer to send the question along: without that nobody reads what was asked."""
    await get_bot_context(context).run(rating.rate_answer, person.tenant_id, question_id, good)
    await change_rating_row(update, along_row(person.language, question_id))
    return say(person.language, "rated")


async def send_along(update: Update, context: Context, person: Person, rest: str) -> str | None:
    await get_bot_context(context).run(rating.send_along, person.tenant_id, rest)
    await change_rating_row(update, [])
    return say(person.language, "sent_along")


async def change_rating_row(update: Update, row: list[InlineKeyboardButton]) -> None:
    """Put ``row`` in place of the buttons of opinion; all others stay."""
    query = update.callback_query
    assert query is not None
    rows = [replaced for old in list_rows(query) if (replaced := row if is_rating_row(old) else old)]
    await query.edit_message_reply_markup(InlineKeyboardMarkup(rows))


def list_rows(query: CallbackQuery) -> list[list[InlineKeyboardButton]]:
    markup = getattr(query.message, "reply_markup", None)
    return [list(row) for row in markup.inline_keyboard] if markup else []


def is_rating_row(row: list[InlineKeyboardButton]) -> bool:
    return any(str(button.callback_data).startswith(RATING_BUTTONS) for button in row)
