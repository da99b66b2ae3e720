"""Everybody, or only the listed people, may use the bot in a private chat; all others read why they may not."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from telegram import Update

from bot.context import KEY, BotContext, Context
from bot.once_an_hour import MOST_CHATS, SECONDS, OnceAnHour
from bot.tenancy import Person, find_person, for_person
from bot.texts import say
from errors import BeingErased
from processing.services import Services
from processing.tenants import accounts
from settings import Settings
from tests.unit.bot.doubles import SilentBot, make_update

ALICE, CHARLIE = 7, 9


def get_refusal(settings: dict[str, Any], kind: str = "supergroup", chat: int = -100, user: int = CHARLIE) -> list[str]:
    """What the bot replies to a person whom the settings, or the kind of chat, keep out."""
    bot = SilentBot()
    update = Update.de_json(make_update("/docs", user, chat, kind), bot)
    services = SimpleNamespace(settings=Settings.model_construct(**settings))
    context = SimpleNamespace(bot=bot, bot_data={KEY: BotContext(cast(Services, services))})

    async def handle(_update: Update, _context: Context, person: Person) -> None:
        raise AssertionError(f"{person} was let in")

    asyncio.run(for_person(handle)(update, cast(Context, context)))
    assert {chat_id for chat_id, _ in bot.sent} <= {chat}
    return [text for _, text in bot.sent]


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_a_group_is_sent_to_a_private_chat(kind: str) -> None:
    assert get_refusal({}, kind) == [say("it", "private_only")]


def test_strangers_in_a_group_are_not_answered() -> None:
    assert get_refusal({"allowed_users": frozenset({ALICE})}, "group") == []


def test_a_group_is_answered_once_an_hour() -> None:
    now = [0.0]
    told = OnceAnHour(now=lambda: now[0])
    assert [told.take(-1), told.take(-1), told.take(-2)] == [True, False, True]
    now[0] = SECONDS
    assert told.take(-1)
    for chat in range(3 * MOST_CHATS):
        told.take(chat)
    assert len(told.told) == MOST_CHATS


def test_nothing_is_said_in_a_private_chat_of_somebody_else() -> None:
    assert get_refusal({}, "private", chat=ALICE, user=CHARLIE) == []


@pytest.mark.parametrize(("known", "answer"), [(False, "forgotten_before"), (True, "forgetting")])
def test_a_second_tap_on_delete_everything_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, known: bool, answer: str
) -> None:
    """While everything is being deleted, and when nobody is left whose data could be."""

    def refuse(*_given: object) -> None:
        raise BeingErased

    monkeypatch.setattr(accounts, "is_known", lambda *_: known)
    monkeypatch.setattr(accounts, "get_tenant", refuse)
    bot = SilentBot()
    message = make_update("Delete everything?", CHARLIE, CHARLIE)["message"]
    tap = {"id": "1", "from": message["from"], "chat_instance": "1", "data": "forgetyes", "message": message}
    update = Update.de_json({"update_id": 1, "callback_query": tap}, bot)
    services = SimpleNamespace(settings=Settings.model_construct())
    context = SimpleNamespace(bot=bot, bot_data={KEY: BotContext(cast(Services, services))})
    assert asyncio.run(find_person(update, cast(Context, context))) is None
    assert bot.answered == [say("it", answer)]


def test_person_who_is_not_allowed_reads_whom_to_ask() -> None:
    allowed = {"allowed_users": frozenset({ALICE})}
    assert get_refusal(allowed, "private", CHARLIE) == [say("it", "not_allowed", id=str(CHARLIE))]
