"""/mydata: everything that is kept of a person, sent to them."""

from __future__ import annotations

import logging
from pathlib import Path

from telegram import InputFile, Update
from telegram.error import Forbidden, RetryAfter, TelegramError

from bot.context import Context, get_bot_context, reply
from bot.handlers.export import UPLOAD_SECONDS
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import SocrateError
from processing.tenants import data_export

log = logging.getLogger(__name__)


async def start_packing(update: Update, context: Context, person: Person) -> None:
    """Pack and send beside what else the person does."""
    await reply(update, Rendered(say(person.language, "mydata_packing")))
    context.application.create_task(send_archive_parts(update, context, person), update)


async def send_archive_parts(update: Update, context: Context, person: Person) -> None:
    bot_context = get_bot_context(context)
    try:
        async with bot_context.open(data_export.open_holdings, person.tenant_id) as archive_parts:
            number = 0
            while (path := await bot_context.run(lambda _services: next(archive_parts, None))) is not None:
                number += 1
                await send_archive_part(context, person, path, number)
    except (RetryAfter, Forbidden):
        raise
    except (TelegramError, SocrateError) as error:
        log.warning("packing_failed", extra={"tenant": person.tenant_id, "error": type(error).__name__})
        await reply(update, Rendered(say(person.language, "mydata_failed")))


async def send_archive_part(context: Context, person: Person, path: Path, number: int) -> None:
    with path.open("rb") as file:
        await context.bot.send_document(
            person.chat_id,
            InputFile(file, f"socrate-{number}.zip", read_file_handle=False),
            caption=say(person.language, "mydata_caption", number=str(number)),
            write_timeout=UPLOAD_SECONDS,
            read_timeout=UPLOAD_SECONDS,
        )
