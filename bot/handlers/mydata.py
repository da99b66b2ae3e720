"""/mydata: everything that is kept of a person, sent to them by a worker."""

from __future__ import annotations

from telegram import Update

from bot.context import Context, get_bot_context, reply, try_reply
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import QueueUnavailable
from processing.tenants import data_export


async def request_data(update: Update, context: Context, person: Person) -> None:
    message = await try_reply(update, Rendered(say(person.language, "mydata_packing")))
    message_id = message.message_id if message else None
    try:
        await get_bot_context(context).run(
            data_export.request_data_export, person.tenant_id, person.chat_id, message_id, person.origin
        )
    except QueueUnavailable as error:
        await reply(update, Rendered(say(person.language, error.key)))
