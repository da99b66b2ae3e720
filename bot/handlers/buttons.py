"""Handles taps on buttons. Ids in a tap are looked up among the rows of the person who taps, so they grant nothing.

``TAPS`` is the table of verbs. The handler of a verb gets the rest of the button's data, and returns the text to show
over the chat or None.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from html import unescape

from telegram import CallbackQuery, ForceReply, Update
from telegram.error import BadRequest, TelegramError

from bot.context import Context, edit_tapped, get_bot_context, reply
from bot.handlers import answers, forget
from bot.handlers.ask import put_question
from bot.handlers.documents import cancel_one, render_cancel_menu, render_docs_page
from bot.handlers.export import start_export
from bot.handlers.upload import try_sample
from bot.render.document import render_card, render_document, render_error
from bot.render.keyboards import confirm_keyboard
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import QueueUnavailable, UserMistake
from processing.documents import library, upload
from processing.questions import submit

Tap = Callable[[Update, Context, Person, str], Awaitable[str | None]]
TAG = re.compile(r"<[^>]+>")
LONGEST_ANSWER = 200
log = logging.getLogger(__name__)


async def receive_tap(update: Update, context: Context, person: Person) -> None:
    """Call the handler of the verb and answer the tap; an unknown verb is answered like a missing document."""
    query = update.callback_query
    assert query is not None
    verb, _, rest = (query.data or "").partition(":")
    try:
        handler = TAPS.get(verb)
        if handler is None:
            raise UserMistake("document_not_found")
        text = await handler(update, context, person, rest)
    except UserMistake as mistake:
        await answer(query, render_error(person.language, mistake.key, mistake.facts), alert=True)
        return
    try:
        await answer(query, text)
    except TelegramError as error:
        # Not raised, because the update would be handled again and its work done twice.
        log.warning("tap_not_answered", extra={"update": update.update_id, "error": type(error).__name__})


async def answer(query: CallbackQuery, text: str | None, *, alert: bool = False) -> None:
    """Answer the tap with ``text`` as plain text, cut to 200 characters. Do nothing if the tap is too old for that."""
    plain = unescape(TAG.sub("", text))[:LONGEST_ANSWER] if text else None
    try:
        await query.answer(plain, show_alert=alert)
    except BadRequest as error:
        if "query is too old" not in str(error).lower():
            raise


async def choose_one(update: Update, context: Context, person: Person, rest: str) -> str | None:
    name = await get_bot_context(context).run(library.choose_document, person.tenant_id, rest)
    await reply(update, Rendered(say(person.language, "ask_what", name=name or "")))
    return None


async def ask_all(update: Update, context: Context, person: Person, rest: str) -> str | None:
    """Choose all documents for the questions to come, and ask them the question above the button."""
    bot_context = get_bot_context(context)
    if await bot_context.run(submit.is_submitted, person.tenant_id, person.origin):
        return None
    view = await bot_context.run(submit.prepare_for_all_documents, person.tenant_id, rest, person.origin)
    await bot_context.run(library.choose_document, person.tenant_id, None)
    await put_question(update, context, person, view)
    return say(person.language, "ask_what_all")


async def find_all(update: Update, context: Context, person: Person, rest: str) -> str | None:
    """Search all documents for the same words; the chosen document stays chosen."""
    bot_context = get_bot_context(context)
    if await bot_context.run(submit.is_submitted, person.tenant_id, person.origin):
        return None
    view = await bot_context.run(submit.prepare_for_all_documents, person.tenant_id, rest, person.origin)
    await put_question(update, context, person, view)
    return None


async def ask_new_name(update: Update, context: Context, person: Person, rest: str) -> str | None:
    name = await get_bot_context(context).run(library.await_name, person.tenant_id, rest)
    prompt = ForceReply(input_field_placeholder=say(person.language, "rename_placeholder"))
    await reply(update, Rendered(say(person.language, "rename_ask", name=name)), markup=prompt)
    return None


async def confirm_delete(update: Update, context: Context, person: Person, rest: str) -> str | None:
    view = await get_bot_context(context).run(library.get_document, person.tenant_id, rest)
    text = say(person.language, "delete_confirm", name=view.name)
    await reply(update, Rendered(text, confirm_keyboard(person.language, view.id)))
    return None


async def delete(update: Update, context: Context, person: Person, rest: str) -> str | None:
    name = await get_bot_context(context).run(library.delete_document, person.tenant_id, rest)
    await edit_tapped(update, Rendered(say(person.language, "deleted", name=name)))
    return None


async def show_docs(update: Update, context: Context, person: Person, rest: str) -> str | None:
    offset = int(rest) if rest.isdecimal() and len(rest) < 9 else 0
    await edit_tapped(update, await render_docs_page(context, person, offset))
    return None


async def show_card(update: Update, context: Context, person: Person, rest: str) -> str | None:
    document_id, _, offset = rest.partition(":")
    view = await get_bot_context(context).run(library.get_document, person.tenant_id, document_id)
    await edit_tapped(update, render_card(view, int(offset) if offset.isdecimal() and len(offset) < 9 else 0))
    return None


async def cancel(_update: Update, context: Context, person: Person, rest: str) -> str | None:
    view = await get_bot_context(context).run(library.get_document, person.tenant_id, rest)
    return await cancel_one(context, person, view)


async def cancel_menu(update: Update, context: Context, person: Person, _rest: str) -> str | None:
    views = await get_bot_context(context).run(library.list_unfinished, person.tenant_id)
    if len(views) == 1:
        return await cancel_one(context, person, views[0])
    await edit_tapped(update, render_cancel_menu(person.language, views))
    return None


async def retry(update: Update, context: Context, person: Person, rest: str) -> str | None:
    """Queue a failed document again, show that it is queued, then let a worker begin, which edits the same message."""
    bot_context = get_bot_context(context)
    message_id = update.effective_message.message_id if update.effective_message else None
    view = await bot_context.run(upload.retry_document, person.tenant_id, rest, message_id, person.origin)
    with suppress(TelegramError):
        await edit_tapped(update, render_document(view))
    try:
        await bot_context.run(upload.release_retried, person.tenant_id, rest)
    except QueueUnavailable as error:
        return say(person.language, error.key)
    return None


async def export(_update: Update, context: Context, person: Person, rest: str) -> str | None:
    return await start_export(context, person, rest)


async def sample(update: Update, context: Context, person: Person, _rest: str) -> str | None:
    await try_sample(update, context, person)
    return None


TAPS: dict[str, Tap] = {
    "sample": sample,
    "ask": choose_one,
    "askall": ask_all,
    "findall": find_all,
    "rename": ask_new_name,
    "delete": confirm_delete,
    "deleteyes": delete,
    "docs": show_docs,
    "card": show_card,
    "cancel": cancel,
    "cancelmenu": cancel_menu,
    "retry": retry,
    "forgetyes": forget.forget,
    "forgetno": forget.keep,
    "export": export,
    "cite": answers.show_citation,
    "stop": answers.stop,
    "again": answers.again,
    "good": answers.rate_good,
    "bad": answers.rate_bad,
    "along": answers.send_along,
}
