"""From an update to the tenant it speaks for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any

from telegram import Update
from telegram.constants import ChatType

from bot.context import Context, get_bot_context, reply
from bot.render.message import Rendered
from bot.texts import choose_language, say
from processing.tenants import accounts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks, and what was settled with them before; ``origin`` names the update they speak through."""

    tenant_id: int
    language: str
    chat_id: int
    awaiting: str | None
    chosen_document_id: str | None
    origin: str


Handler = Callable[[Update, Context, Person], Awaitable[None]]


def for_person(handler: Handler) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    """Let in whom the settings allow, in a private chat; everyone else gets one sentence and nothing happens."""

    @wraps(handler)
    async def handle(update: Update, context: Context) -> None:
        person = await find_person(update, context)
        if person is not None:
            await handler(update, context, person)

    return handle


async def find_person(update: Update, context: Context) -> Person | None:
    """The person of this update; None after a refusal, and for updates without a person or a chat."""
    user, chat, bot_context = update.effective_user, update.effective_chat, get_bot_context(context)
    if user is None or chat is None or user.is_bot:
        return None
    language = choose_language(user.language_code)
    if chat.type != ChatType.PRIVATE:
        await refuse(update, say(language, "private_only"))
        return None
    settings = bot_context.services.settings
    if settings.allowed_users and user.id not in settings.allowed_users | settings.admin_users:
        await refuse(update, say(language, "not_allowed", id=str(user.id)))
        return None
    tenant = await bot_context.run(accounts.get_tenant, user.id, language)
    origin = f"{context.bot.token.partition(':')[0]}:{update.update_id}"
    return Person(tenant.id, language, chat.id, tenant.awaiting, tenant.chosen_document_id, origin)


async def refuse(update: Update, text: str) -> None:
    if update.callback_query is not None:
        await update.callback_query.answer(text[:200], show_alert=True)
    elif update.message is not None:
        await reply(update, Rendered(text))
