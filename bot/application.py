"""Puts handlers, budget and bot together."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from telegram import BotCommand
from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ExtBot,
    MessageHandler,
    filters,
)
from telegram.request import HTTPXRequest

from bot.context import KEY, BotContext
from bot.delivery.rate_limiter import SharedRateLimiter
from bot.handlers import ask, buttons, documents, errors, export, find, forget, mydata, start, upload
from bot.tenancy import for_person
from bot.texts import DEFAULT, LANGUAGES, say
from settings import Settings

CONNECTIONS = 256
SomeApplication = Application[Any, Any, Any, Any, Any, Any]
COMMANDS = (
    "start",
    "new",
    "docs",
    "find",
    "status",
    "cancel",
    "export",
    "delete",
    "quota",
    "mydata",
    "forgetme",
    "help",
)
log = logging.getLogger(__name__)


def make_bot(settings: Settings, budget_url: str) -> ExtBot[Any]:
    """A bot with the shared budget; its pool is as large as its concurrency (facts: smaller loses answers)."""
    root = settings.telegram_api_base_url
    return ExtBot(
        settings.token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=HTTPXRequest(connection_pool_size=CONNECTIONS, read_timeout=20, connect_timeout=10, pool_timeout=10),
        get_updates_request=HTTPXRequest(connection_pool_size=1, connect_timeout=10),
        rate_limiter=SharedRateLimiter(budget_url, settings.token),
    )


def make_application(bot: ExtBot[Any], bot_context: BotContext) -> SomeApplication:
    """All handlers; updates are fed by the fetcher."""
    application = Application.builder().bot(bot).updater(None).concurrent_updates(CONNECTIONS).build()
    application.bot_data[KEY] = bot_context
    commands = {
        "start": start.start,
        "help": start.help_,
        "new": ask.start_afresh,
        "docs": documents.show_docs,
        "find": find.find,
        "export": export.export,
        "delete": documents.show_deletable,
        "status": documents.show_status,
        "cancel": documents.cancel,
        "quota": documents.show_quota,
        "mydata": mydata.start_packing,
        "forgetme": forget.confirm,
    }
    new = filters.UpdateType.MESSAGE
    for command, handler in commands.items():
        application.add_handler(CommandHandler(command, for_person(handler), filters=new))
    application.add_handler(CallbackQueryHandler(for_person(buttons.receive_tap)))
    application.add_handler(MessageHandler(new & upload.FILES, for_person(upload.receive)))
    application.add_handler(MessageHandler(new & filters.COMMAND, for_person(start.unknown_command)))
    application.add_handler(MessageHandler(new & filters.TEXT, for_person(ask.receive_text)))
    corrected = filters.UpdateType.EDITED_MESSAGE
    application.add_handler(CommandHandler("find", for_person(find.find), filters=corrected))
    application.add_handler(MessageHandler(corrected & filters.TEXT & ~filters.COMMAND, for_person(ask.receive_edit)))
    readable = ~filters.StatusUpdate.ALL
    application.add_handler(MessageHandler(new & readable, for_person(start.not_readable)))
    application.add_error_handler(errors.on_error)
    return application


async def register_commands(bot: ExtBot[Any]) -> None:
    """Name the commands in every language; Telegram shows the first one to all others."""
    for language in LANGUAGES:
        commands = [BotCommand(name, say(language, f"command_{name}")) for name in COMMANDS]
        await bot.set_my_commands(commands, language_code=None if language == DEFAULT else language)


async def connect(application: SomeApplication) -> None:
    """Initialize as soon as Telegram answers; a refused token is said and tried again, for it may be set right."""
    pause = 1.0
    while True:
        try:
            await application.initialize()
            break
        except TelegramError as error:
            level = logging.ERROR if isinstance(error, InvalidToken) else logging.WARNING
            log.log(level, "telegram_not_reached", extra={"error": type(error).__name__, "pause": pause})
            await asyncio.sleep(pause)
            pause = min(30.0, pause * 2)
    await application.start()
    try:
        await register_commands(application.bot)
    except TelegramError as error:
        # The list of commands is a comfort: people are served without it, and the next start tries again.
        log.warning("commands_not_registered", extra={"error": type(error).__name__})
