"""Finds the person and the tenant of an update, and refuses people who may not use this Socrate."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any

from telegram import Update
from telegram.constants import ChatType, ParseMode
from telegram.error import TelegramError

from bot.context import Context, get_bot_context, reply
from bot.delivery.rate_limiter import RateLimitReached
from bot.languages import choose_language
from bot.render.message import Rendered
from bot.texts import say
from errors import BeingErased
from processing.tenants import accounts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """The person who sent an update, with what the database knows of them.

    ``awaiting`` is what their next text is taken for (``rename:<document id>``), None for a question.
    ``origin`` identifies the update over all bots: ``<bot id>:<update id>``.
    """

    tenant_id: int
    language: str
    chat_id: int
    awaiting: str | None
    chosen_document_id: str | None
    origin: str
    is_admin: bool = False


Handler = Callable[[Update, Context, Person], Awaitable[None]]


def for_person(handler: Handler) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    """Return a function that calls ``handler`` with the person of the update, unless the person is refused."""

    @wraps(handler)
    async def handle(update: Update, context: Context) -> None:
        person = await find_person(update, context)
        if person is not None:
            await handler(update, context, person)

    return handle


def for_admins(handler: Handler) -> Handler:
    """Return a handler that calls ``handler`` for administrators and refuses everyone else."""

    @wraps(handler)
    async def handle(update: Update, context: Context, person: Person) -> None:
        if person.is_admin:
            await handler(update, context, person)
        else:
            await refuse(update, say(person.language, "admins_only"))

    return handle


async def find_person(update: Update, context: Context) -> Person | None:
    """Return the person of this update; None if it has no person or chat, or if the person is refused.

    Everybody in a group is refused. A group gets one sentence an hour, and none while other messages wait: somebody
    with hundreds of groups could use up what the bot may send. If ``ALLOWED_USERS`` is set, people who are neither in
    it nor administrators are refused as well, in their own chat with one sentence. In a private chat that is not the
    person's own nothing is said, because somebody else would read it: Telegram gives a private chat the id of its
    person, so such an update is forged.
    """
    user, chat, bot_context = update.effective_user, update.effective_chat, get_bot_context(context)
    if user is None or chat is None or user.is_bot:
        return None
    language = choose_language(user.language_code)
    settings = bot_context.services.settings
    is_admin = user.id in settings.admin_users
    is_allowed = is_admin or not settings.allowed_users or user.id in settings.allowed_users
    if chat.type != ChatType.PRIVATE:
        if is_allowed:
            await tell_group(update, context, say(language, "private_only"))
        return None
    if chat.id != user.id:
        log.warning("foreign_private_chat", extra={"update": update.update_id})
        return None
    if not is_allowed:
        await refuse(update, say(language, "not_allowed", id=str(user.id)))
        return None
    try:
        if is_forgetting(update) and not await bot_context.run(accounts.is_known, user.id):
            await refuse(update, say(language, "forgotten_before"))
            return None
        tenant = await bot_context.run(accounts.get_tenant, user.id, language)
    except BeingErased:
        if not is_forgetting(update):
            raise
        await refuse(update, say(language, "forgetting"))
        return None
    origin = f"{context.bot.token.partition(':')[0]}:{update.update_id}"
    return Person(tenant.id, language, chat.id, tenant.awaiting, tenant.chosen_document_id, origin, is_admin)


def is_forgetting(update: Update) -> bool:
    """Return True for a tap that confirms or refuses an erasure. The button may have been tapped before."""
    return update.callback_query is not None and (update.callback_query.data or "").startswith("forget")


async def refuse(update: Update, text: str) -> None:
    """Reply with ``text``, or show it over the chat if a button was tapped."""
    if update.callback_query is not None:
        await update.callback_query.answer(text[:200], show_alert=True)
    elif update.message is not None:
        await reply(update, Rendered(text))


async def tell_group(update: Update, context: Context, text: str) -> None:
    """Send ``text`` to the group if that needs no waiting."""
    assert update.effective_chat is not None
    if get_bot_context(context).group_replies.take(update.effective_chat.id):
        with suppress(RateLimitReached, TelegramError):
            await context.bot.send_message(
                update.effective_chat.id, text, parse_mode=ParseMode.HTML, rate_limit_args={"droppable": True}
            )
