"""/export and its buttons: a worker sends a document as a film."""

from __future__ import annotations

from telegram import Update

from bot.context import Context, get_bot_context, reply
from bot.handlers.ask import find_asked_document
from bot.handlers.documents import MOST_CHOICES
from bot.render.keyboards import choice_keyboard
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import QueueUnavailable
from processing.documents.films import export as exports


async def export(update: Update, context: Context, person: Person) -> None:
    """Export the only document with a film, or the one that questions go to, or else ask which one."""
    asked = await find_asked_document(update, context, person)
    views = await get_bot_context(context).run(exports.list_exportable, person.tenant_id)
    meant = views if len(views) == 1 else [view for view in views if view.id == asked]
    if meant:
        await reply(update, Rendered(await start_export(context, person, meant[0].id)))
    elif views:
        title = say(person.language, "export_which")
        await reply(update, Rendered(title, choice_keyboard("export", views[:MOST_CHOICES])))
    else:
        await reply(update, Rendered(say(person.language, "export_none")))


async def start_export(context: Context, person: Person, document_id: str) -> str:
    """Queue the export and return the sentence that says so. Raise ``UserMistake`` if there is no film."""
    try:
        await get_bot_context(context).run(
            exports.request_export, person.tenant_id, document_id, person.chat_id, person.origin
        )
    except QueueUnavailable as error:
        return say(person.language, error.key)
    return say(person.language, "export_sending")
