"""/forgetme: everything of a person goes, after a second tap."""

from __future__ import annotations

from telegram import Update

from bot.context import Context, edit_tapped, get_bot_context, reply
from bot.render.format import format_size
from bot.render.keyboards import forget_keyboard
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from processing.tenants import erasure
from processing.tenants.erasure import Holdings


async def confirm(update: Update, context: Context, person: Person) -> None:
    """Say what there is before it is gone."""
    holdings = await get_bot_context(context).run(erasure.count_holdings, person.tenant_id)
    text = render_holdings(person.language, "forget_confirm", holdings)
    await reply(update, Rendered(text, forget_keyboard(person.language)))


async def forget(update: Update, context: Context, person: Person, _rest: str) -> str | None:
    assert update.effective_user is not None
    telegram_id = update.effective_user.id
    holdings = await get_bot_context(context).run(erasure.forget_tenant, person.tenant_id, telegram_id)
    await edit_tapped(update, Rendered(render_holdings(person.language, "forgotten", holdings)))
    return None


async def keep(update: Update, _context: Context, person: Person, _rest: str) -> str | None:
    await edit_tapped(update, Rendered(say(person.language, "forget_kept")))
    return None


def render_holdings(language: str, key: str, holdings: Holdings) -> str:
    size = format_size(holdings.size, language)
    return say(language, key, documents=str(holdings.documents), questions=str(holdings.questions), size=size)
