"""Handles the exceptions of handlers: they are kept for the inbox, or the person is told in one sentence."""

from __future__ import annotations

import logging

from telegram import Update
from telegram.error import Forbidden, RetryAfter, TelegramError

from bot.context import Context, get_bot_context, reply
from bot.languages import choose_language
from bot.render.document import render_error
from bot.render.message import Rendered
from errors import SocrateError

log = logging.getLogger(__name__)


async def on_error(update: object, context: Context) -> None:
    """Keep the exception for the inbox, which decides whether the update is tried again.

    If the update is not in work any more, the exception comes from a task that its handler has started: it is logged
    and the person is told, except after a flood error and in a closed chat.
    """
    error, failures = context.error, get_bot_context(context).failures
    if isinstance(update, Update) and update.update_id in failures and isinstance(error, Exception):
        failures[update.update_id] = error
        return
    log.error("handler_failed", exc_info=error)
    if isinstance(update, Update) and not isinstance(error, RetryAfter | Forbidden):
        await say_error(update, error.key if isinstance(error, SocrateError) else "error_unexpected")


async def say_error(update: Update, key: str, facts: dict[str, object] | None = None) -> None:
    """Send the sentence for ``key`` to the person of the update; an error of Telegram is only logged."""
    if update.effective_user is None:
        return
    text = render_error(choose_language(update.effective_user.language_code), key, facts)
    try:
        if update.callback_query is not None:
            await update.callback_query.answer(text[:200], show_alert=True)
        elif update.message is not None:
            await reply(update, Rendered(text))
    except TelegramError as failure:
        log.warning("reply_not_sent", extra={"error": type(failure).__name__})
