"""Makes the bot and the application, which calls the handler of each update, and connects to Telegram."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from telegram.ext import Application, CallbackQueryHandler, ExtBot, MessageHandler, filters

from bot.commands import add_commands, register_commands
from bot.context import KEY, BotContext
from bot.delivery.bounded_request import BoundedRequest
from bot.delivery.rate_limiter import SharedRateLimiter
from bot.handlers import ask, buttons, errors, start, upload
from bot.tenancy import for_person
from bot.updates.contact import choose_pause, name_error
from bot.updates.fetching import FetchingBot, UpdatesRequest
from processing.runtime.loops import Loop, register, unregister
from settings import Settings

# Updates handled at once, and connections to Telegram. With fewer connections, replies time out while waiting for one.
CONNECTIONS = 256
# Bytes of an answer that is no file; those of Telegram are shorter.
LONGEST_ANSWER = 1024 * 1024
SomeApplication = Application[Any, Any, Any, Any, Any, Any]
log = logging.getLogger(__name__)


def make_bot(settings: Settings, budget_url: str) -> FetchingBot:
    """Return a bot whose messages share one rate limit with every process that sends with the same token."""
    root = settings.telegram_api_base_url
    return FetchingBot(
        settings.token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=BoundedRequest(
            settings.max_file_bytes + LONGEST_ANSWER,
            connection_pool_size=CONNECTIONS,
            read_timeout=20,
            connect_timeout=10,
            pool_timeout=10,
        ),
        get_updates_request=UpdatesRequest(connection_pool_size=1, connect_timeout=10),
        rate_limiter=SharedRateLimiter(budget_url, settings.token),
    )


def make_application(bot: ExtBot[Any], bot_context: BotContext) -> SomeApplication:
    """Return the application with all handlers. It fetches no updates; bot/updates gives them to it."""
    application = Application.builder().bot(bot).updater(None).concurrent_updates(CONNECTIONS).build()
    application.bot_data[KEY] = bot_context
    new, edited = filters.UpdateType.MESSAGE, filters.UpdateType.EDITED_MESSAGE
    # The first handler that fits an update takes it.
    add_commands(application)
    application.add_handler(CallbackQueryHandler(for_person(buttons.receive_tap)))
    application.add_handler(MessageHandler((new | edited) & upload.FILES, for_person(upload.receive)))
    application.add_handler(MessageHandler(new & filters.COMMAND, for_person(start.refuse_unknown_command)))
    application.add_handler(MessageHandler(new & filters.TEXT, for_person(ask.receive_text)))
    application.add_handler(MessageHandler(edited & filters.TEXT & ~filters.COMMAND, for_person(ask.receive_edit)))
    sent_by_person = ~filters.StatusUpdate.ALL
    application.add_handler(MessageHandler(new & sent_by_person, for_person(start.refuse_unreadable)))
    application.add_error_handler(errors.on_error)
    return application


async def connect(application: SomeApplication, note_error: Callable[[Exception], object]) -> None:
    """Start the application as soon as Telegram answers. Each error is given to ``note_error`` and tried again.

    A refused token is tried again too: it may be corrected at @BotFather meanwhile.
    """
    loop = Loop("connecting", 0.0, longest_pause=15.0, choose_pause=choose_pause, name_error=name_error)
    register(loop)
    try:
        while loop.last_success is None:
            try:
                await application.initialize()
                loop.note_success()
            except Exception as error:
                note_error(error)
                await asyncio.sleep(loop.note_failure(error))
    finally:
        unregister(loop)
    await application.start()
    try:
        await register_commands(application.bot)
    except Exception as error:
        # The bot works without its menu, and the next start tries again.
        log.warning("commands_not_registered", extra={"error": type(error).__name__})
