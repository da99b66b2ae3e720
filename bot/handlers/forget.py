"""/forgetme: deletes everything that is kept of a person, after a tap that confirms it."""

from __future__ import annotations

from telegram import Update

from bot.context import Context, edit_tapped, get_bot_context, reply, try_edit_tapped
from bot.render.format import format_size
from bot.render.keyboards import forget_keyboard
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import QueueUnavailable
from processing.tenants import erasure


async def confirm(update: Update, context: Context, person: Person) -> None:
    """Say how much is kept of the person, and ask whether to delete it."""
    holdings = await get_bot_context(context).run(erasure.count_holdings, person.tenant_id)
    text = say(
        person.language,
        "forget_confirm",
        documents=str(holdings.documents),
        questions=str(holdings.questions),
        size=format_size(holdings.size, person.language),
    )
    await reply(update, Rendered(text, forget_keyboard(person.language)))


async def forget(update: Update, context: Context, person: Person, _rest: str) -> str | None:
    """Queue the erasure; its outcome is written into the message whose button was tapped."""
    assert update.effective_user is not None
    message = update.effective_message
    await try_edit_tapped(update, Rendered(say(person.language, "forgetting")))
    try:
        await get_bot_context(context).run(
            erasure.request_erasure,
            person.tenant_id,
            update.effective_user.id,
            person.chat_id,
            message.message_id if message else None,
            person.origin,
        )
    except QueueUnavailable as error:
        return say(person.language, error.key)
    return None


async def keep(update: Update, _context: Context, person: Person, _rest: str) -> str | None:
    await edit_tapped(update, Rendered(say(person.language, "forget_kept")))
    return None
