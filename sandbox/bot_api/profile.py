"""Methods about the bot itself: who it is, its commands, its descriptions."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.bot_api.params import Params
from sandbox.bot_api.problems import BadRequest
from sandbox.state import Json, State

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"[a-z]{2}")
MOST_COMMANDS = 100
LONGEST_DESCRIPTION = 256


async def get_me(state: State, _params: Params) -> Json:
    can = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries", "can_connect_to_business")
    return state.bot | dict.fromkeys(can, False) | {"has_main_web_app": False}


async def say_yes(_state: State, _params: Params) -> bool:
    """For ``logOut`` and ``close``: a sandbox has no other server to go to."""
    return True


async def set_my_commands(state: State, params: Params) -> bool:
    commands = params.list_objects("commands")
    if len(commands) > MOST_COMMANDS:
        raise BadRequest("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise BadRequest("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= LONGEST_DESCRIPTION:
            raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
    state.commands[name_place(params)] = commands
    return True


async def get_my_commands(state: State, params: Params) -> list[Json]:
    return state.commands.get(name_place(params), [])


async def delete_my_commands(state: State, params: Params) -> bool:
    state.commands.pop(name_place(params), None)
    return True


def name_place(params: Params) -> tuple[str, str]:
    """Scope and language that a list of commands is for."""
    scope = params.find_object("scope")
    kind = str(scope.get("type", "default"))
    return f"{kind}:{scope['chat_id']}" if "chat_id" in scope else kind, read_language(params)


def read_language(params: Params) -> str:
    language = params.find_text("language_code") or ""
    if language and not LANGUAGE.fullmatch(language):
        raise BadRequest("invalid language code specified")
    return language


def list_commands(state: State, language: str, person: int | None) -> list[Json]:
    """The commands that a person's client shows: nearest scope first, own language before none."""
    scopes = [f"chat:{person}", "all_private_chats", "default"]
    places = [(scope, code) for scope in scopes for code in (language[:2], "")]
    return next((state.commands[place] for place in places if state.commands.get(place)), [])


def make_setter(name: str, longest: int) -> Callable[[State, Params], Awaitable[Any]]:
    async def set_text(state: State, params: Params) -> bool:
        text = params.find_text(name) or ""
        if len(text) > longest:
            raise BadRequest(f"bot {name.replace('_', ' ')} is too long")
        state.texts[name, read_language(params)] = text
        return True

    return set_text


def make_getter(name: str, default: str = "") -> Callable[[State, Params], Awaitable[Any]]:
    async def get_text(state: State, params: Params) -> Json:
        own = state.texts.get((name, read_language(params)))
        return {name: own or state.texts.get((name, "")) or default}

    return get_text
