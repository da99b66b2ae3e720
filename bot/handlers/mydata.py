"""/mydata: everything that is kept of a person, sent to them by a worker."""

from __future__ import annotations

from telegram import Update

from bot.context import Context, edit, get_bot_context, reply, try_reply
from bot.render.document import render_error
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import QueueUnavailable, UserMistake
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
    except UserMistake as mistake:
        refusal = Rendered(render_error(person.language, mistake.key, mistake.facts))
        await (reply(update, refusal) if message is None else edit(message, refusal))
