"""/start, and replies to what is neither a known command nor a document nor a question."""

from __future__ import annotations

from telegram import Update

from bot.context import Context, get_bot_context, reply
from bot.render.keyboards import start_keyboard
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say


async def start(update: Update, context: Context, person: Person) -> None:
    limit = get_bot_context(context).services.settings.max_file_mb
    await reply(update, Rendered(say(person.language, "start", limit_mb=limit), start_keyboard(person.language)))


async def refuse_unknown_command(update: Update, _context: Context, person: Person) -> None:
    await reply(update, Rendered(say(person.language, "unknown_command")))


async def refuse_unreadable(update: Update, _context: Context, person: Person) -> None:
    key = "photo_hint" if update.message and update.message.photo else "not_text"
    await reply(update, Rendered(say(person.language, key)), quote=True)
