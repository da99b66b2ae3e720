"""A document leaves as a film: by command, and from the buttons under it."""

from __future__ import annotations

import logging
from contextlib import suppress

from telegram import InputFile, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import Forbidden, NetworkError, RetryAfter, TelegramError

from bot.context import Context, get_bot_context, reply
from bot.handlers.ask import find_asked
from bot.handlers.documents import MOST_CHOICES
from bot.render.document import render_error, render_export_caption
from bot.render.keyboards import choice_keyboard
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import SocrateError, UserMistake
from processing.documents import export as exports
from processing.documents.export import Export

# Telegram looks at a large file for a while before it answers.
UPLOAD_SECONDS = 120.0
log = logging.getLogger(__name__)


async def export(update: Update, context: Context, person: Person) -> None:
    """The document asked about, the only one there is, or the question which."""
    asked = await find_asked(update, context, person)
    views = await get_bot_context(context).run(exports.list_exportable, person.tenant_id)
    meant = views if len(views) == 1 else [view for view in views if view.id == asked]
    if meant:
        await start_export(update, context, person, meant[0].id)
    elif views:
        title = say(person.language, "export_which")
        await reply(update, Rendered(title, choice_keyboard("export", views[:MOST_CHOICES])))
    else:
        await reply(update, Rendered(say(person.language, "export_none")))


async def start_export(update: Update, context: Context, person: Person, document_id: str) -> None:
    """Send it beside what else the person does; ``UserMistake`` where there is no film."""
    await get_bot_context(context).run(exports.check_exportable, person.tenant_id, document_id)
    context.application.create_task(send_export(update, context, person, document_id), update)


async def send_export(update: Update, context: Context, person: Person, document_id: str) -> None:
    try:
        async with get_bot_context(context).open(exports.open_export, person.tenant_id, document_id) as film:
            await send_film(context, person, film)
    except UserMistake as mistake:
        await reply(update, Rendered(render_error(person.language, mistake.key, mistake.facts)))
    except (RetryAfter, Forbidden):
        raise
    except (TelegramError, SocrateError) as error:
        log.warning("export_failed", extra={"tenant": person.tenant_id, "error": type(error).__name__})
        await reply(update, Rendered(say(person.language, "export_failed")))


async def send_film(context: Context, person: Person, film: Export) -> None:
    """As a file, byte for byte: what Telegram takes for a video it may change."""
    with suppress(NetworkError):
        await context.bot.send_chat_action(person.chat_id, ChatAction.UPLOAD_DOCUMENT)
    limit = get_bot_context(context).services.settings.max_file_bytes
    with film.path.open("rb") as file:
        await context.bot.send_document(
            person.chat_id,
            InputFile(file, film.file_name, read_file_handle=False),
            caption=render_export_caption(person.language, film, limit),
            parse_mode=ParseMode.HTML,
            disable_content_type_detection=True,
            write_timeout=UPLOAD_SECONDS,
            read_timeout=UPLOAD_SECONDS,
        )
