"""Who is let in: anybody or the listed, in a private chat; all others read why not, and nothing else happens."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from telegram import Update
from telegram.ext import ExtBot

from bot.context import KEY, BotContext, Context
from bot.tenancy import Person, for_person
from bot.texts import say
from processing.services import Services
from settings import Settings

ALICE, CHARLIE = 7, 9


class Listener(ExtBot[None]):
    """A bot that only notes what it would send."""

    def __init__(self) -> None:
        super().__init__("123456:TEST-token_of-the-listener")
        with self._unfrozen():
            self.said: list[tuple[int, str]] = []

    async def send_message(self, chat_id: int | str, text: str, *_: Any, **__: Any) -> Any:
        self.said.append((int(chat_id), text))


def come(settings: dict[str, Any], kind: str = "supergroup", chat: int = -100, user: int = CHARLIE) -> list[str]:
    """What is said to somebody whom the settings, or the chat, keep out."""
    bot = Listener()
    sender = {"id": user, "first_name": "Somebody", "is_bot": False, "language_code": "it"}
    message = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": kind}, "from": sender, "text": "/docs"}
    update = Update.de_json({"update_id": 1, "message": message}, bot)
    services = SimpleNamespace(settings=Settings.model_construct(**settings))
    context = SimpleNamespace(bot=bot, bot_data={KEY: BotContext(cast(Services, services))})

    async def handle(_update: Update, _context: Context, person: Person) -> None:
        raise AssertionError(f"{person} was let in")

    asyncio.run(for_person(handle)(update, cast(Context, context)))
    assert {place for place, _ in bot.said} <= {chat}
    return [text for _, text in bot.said]


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_in_a_group_one_sentence_sends_people_to_a_private_chat(kind: str) -> None:
    assert come({}, kind) == [say("it", "private_only")]


def test_a_private_socrate_tells_a_stranger_whom_to_ask() -> None:
    assert come({"allowed_users": frozenset({ALICE})}, "private", CHARLIE) == [
        say("it", "not_allowed", id=str(CHARLIE))
    ]
