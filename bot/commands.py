"""The table of commands, from which the handlers, Telegram's menu and the text of /help are made.

A new command is one function, one row in ``COMMANDS`` and the sentence ``command_<name>`` in each file of bot/texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telegram import BotCommand, Update
from telegram.ext import Application, CommandHandler, ExtBot, filters

from bot.context import Context, get_bot_context, reply
from bot.handlers import ask, documents, export, find, forget, mydata, start
from bot.languages import DEFAULT, LANGUAGES
from bot.render.keyboards import start_keyboard
from bot.render.message import Rendered
from bot.tenancy import Handler, Person, for_admins, for_person
from bot.texts import say


@dataclass(frozen=True, slots=True)
class Command:
    """One command, called as ``/name``.

    - ``shown``: it is listed in Telegram's menu and in /help;
    - ``admins_only``: it is for ``ADMIN_USERS`` only, not in the menu, and listed in /help for administrators only;
    - ``on_edit``: it is called again when its message is edited.
    """

    name: str
    handler: Handler
    shown: bool = True
    admins_only: bool = False
    on_edit: bool = False


async def show_help(update: Update, context: Context, person: Person) -> None:
    """Explain Socrate, and list the commands that this person may call."""
    limit = get_bot_context(context).services.settings.max_file_mb
    text = render_help(person.language, limit, list_shown(is_admin=person.is_admin))
    await reply(update, Rendered(text, start_keyboard(person.language)))


# In the order of the menu and of /help.
COMMANDS: tuple[Command, ...] = (
    Command("start", start.start),
    Command("docs", documents.show_docs),
    Command("find", find.find, on_edit=True),
    Command("new", ask.start_conversation),
    Command("status", documents.show_status),
    Command("cancel", documents.cancel),
    Command("export", export.export),
    Command("delete", documents.show_deletable),
    Command("quota", documents.show_quota),
    Command("mydata", mydata.request_data),
    Command("forgetme", forget.confirm),
    Command("help", show_help),
)


def list_shown(*, is_admin: bool) -> list[Command]:
    """Return the commands to list in /help. Telegram's menu is the list for people who are not administrators."""
    return [command for command in COMMANDS if command.shown and (is_admin or not command.admins_only)]


def render_help(language: str, limit_mb: int, commands: Sequence[Command]) -> str:
    """Return the text of /help as Telegram HTML; each command is described as in the menu."""
    lines = [f"/{command.name} – {describe(language, command)}" for command in commands]
    return "\n".join([say(language, "help"), *lines, "", say(language, "help_formats", limit_mb=limit_mb)])


def describe(language: str, command: Command) -> str:
    return say(language, f"command_{command.name}")


def add_commands(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Register a handler for each row of the table."""
    for command in COMMANDS:
        handler = for_admins(command.handler) if command.admins_only else command.handler
        messages = filters.UpdateType.MESSAGES if command.on_edit else filters.UpdateType.MESSAGE
        application.add_handler(CommandHandler(command.name, for_person(handler), filters=messages))


async def register_commands(bot: ExtBot[Any]) -> None:
    """Send Telegram the menu in every language; people of any other language are shown the default one."""
    for language in LANGUAGES:
        menu = [BotCommand(command.name, describe(language, command)) for command in list_shown(is_admin=False)]
        await bot.set_my_commands(menu, language_code=None if language == DEFAULT else language)
