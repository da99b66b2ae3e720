"""The table of commands makes the handlers, Telegram's menu and the list in /help."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import cast

import pytest
from telegram import Update

from bot import commands
from bot.application import make_application
from bot.commands import COMMANDS, Command, list_shown, register_commands, render_help
from bot.context import BotContext, Context, reply
from bot.languages import DEFAULT, LANGUAGES
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import has_text, say
from processing.services import Services
from processing.tenants import accounts
from settings import Settings
from tests.unit.bot.doubles import SilentBot, make_update

ADMIN, ALICE = 5, 7
# Telegram's bounds for the description of a command, and for its name.
LONGEST_DESCRIPTION, NAME = 256, re.compile(r"[a-z0-9_]{1,32}")


async def say_who(update: Update, _context: Context, person: Person) -> None:
    """A toy command: reply with what is known of the person."""
    assert update.effective_message is not None
    await reply(update, Rendered(f"toy for {person.tenant_id} by {update.effective_message.text}"))


@pytest.fixture
def bot(monkeypatch: pytest.MonkeyPatch) -> SilentBot:
    """Without a database: everybody is tenant 1."""
    tenant = SimpleNamespace(id=1, awaiting=None, chosen_document_id=None)
    monkeypatch.setattr(accounts, "get_tenant", lambda *_, **__: tenant)
    return SilentBot()


async def send(bot: SilentBot, text: str, user: int = ALICE, field: str = "message") -> list[str]:
    """What the application replies to a message in a private chat."""
    settings = Settings.model_construct(admin_users=frozenset({ADMIN}), allowed_users=frozenset(), max_file_mb=20)
    services = cast(Services, SimpleNamespace(settings=settings))
    before = len(bot.sent)
    async with make_application(bot, BotContext(services)) as application:
        await application.process_update(Update.de_json(make_update(text, user, user, field=field), bot))
    return [text for _, text in bot.sent[before:]]


def add_row(monkeypatch: pytest.MonkeyPatch, row: Command) -> None:
    """Add a command as a developer would; its description is made up here instead of in the Fluent files."""
    monkeypatch.setattr(commands, "COMMANDS", (*COMMANDS, row))
    monkeypatch.setattr(commands, "describe", lambda _language, command: f"does {command.name}")


async def test_a_new_row_is_called_by_its_command(bot: SilentBot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await send(bot, "/toy") == [say("it", "unknown_command")]
    add_row(monkeypatch, Command("toy", say_who))
    assert await send(bot, "/toy now") == ["toy for 1 by /toy now"]
    assert await send(bot, "/toy again", field="edited_message") == []
    assert "/toy – does toy" in (await send(bot, "/help"))[0]


async def test_an_edited_message_calls_a_command_that_allows_it(
    bot: SilentBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_row(monkeypatch, Command("toy", say_who, on_edit=True))
    assert await send(bot, "/toy again", field="edited_message") == ["toy for 1 by /toy again"]


async def test_a_command_for_administrators_is_refused_to_others(
    bot: SilentBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_row(monkeypatch, Command("toy", say_who, admins_only=True))
    assert await send(bot, "/toy") == [say("it", "admins_only")]
    assert await send(bot, "/toy", ADMIN) == ["toy for 1 by /toy"]
    assert "/toy" not in (await send(bot, "/help"))[0]
    assert "/toy" in (await send(bot, "/help", ADMIN))[0]
    await register_commands(bot)
    assert "toy" not in {command.command for command in bot.menus[None]}


async def test_a_command_that_is_not_shown_can_be_called(bot: SilentBot, monkeypatch: pytest.MonkeyPatch) -> None:
    add_row(monkeypatch, Command("toy", say_who, shown=False))
    assert await send(bot, "/toy") == ["toy for 1 by /toy"]
    assert "/toy" not in (await send(bot, "/help", ADMIN))[0]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_described_in_every_language(command: Command) -> None:
    assert NAME.fullmatch(command.name) and has_text(f"command_{command.name}")
    descriptions = [say(language, f"command_{command.name}") for language in LANGUAGES]
    assert len(set(descriptions)) == len(LANGUAGES)
    assert all(3 <= len(text) <= LONGEST_DESCRIPTION and "&" not in text for text in descriptions)


async def test_the_menu_lists_the_shown_commands_in_every_language(bot: SilentBot) -> None:
    await register_commands(bot)
    assert set(bot.menus) == {None if language == DEFAULT else language for language in LANGUAGES}
    for language, menu in bot.menus.items():
        assert [command.command for command in menu] == [row.name for row in COMMANDS if row.shown]
        assert menu[0].description == say(language or DEFAULT, "command_start")


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_describes_each_command_as_the_menu_does(language: str) -> None:
    text = render_help(language, 20, list_shown(is_admin=False))
    for command in list_shown(is_admin=False):
        assert f"\n/{command.name} – {say(language, f'command_{command.name}')}\n" in text
    assert text.endswith(say(language, "help_formats", limit_mb=20))


def test_each_name_has_one_row() -> None:
    names = [command.name for command in COMMANDS]
    assert len(names) == len(set(names)) >= 12
