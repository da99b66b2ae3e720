"""Methods about the bot itself: its user, commands, name and descriptions."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.bot_api.params import Params
from sandbox.errors import BadRequest
from sandbox.state import Json, State

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"[a-z]{2}")
MAX_COMMANDS = 100
LONGEST_DESCRIPTION = 256


async def get_me(state: State, _params: Params) -> Json:
    can = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries", "can_connect_to_business")
    return state.bot | dict.fromkeys(can, False) | {"has_main_web_app": False}


async def accept(_state: State, _params: Params) -> bool:
    """Return True for logOut and close, which a bot calls to move to another server. The sandbox is the only one."""
    return True


async def set_my_commands(state: State, params: Params) -> bool:
    commands = params.list_objects("commands")
    if len(commands) > MAX_COMMANDS:
        raise BadRequest("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not COMMAND.fullmatch(str(command.get("command", "")).removeprefix("/")):
            raise BadRequest("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= LONGEST_DESCRIPTION:
            raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
    state.commands[read_scope(params)] = commands
    return True


async def get_my_commands(state: State, params: Params) -> list[Json]:
    return state.commands.get(read_scope(params), [])


async def delete_my_commands(state: State, params: Params) -> bool:
    state.commands.pop(read_scope(params), None)
    return True


def read_scope(params: Params) -> tuple[str, str]:
    """Return the scope and language of a list of commands, such as ``("chat:1001", "it")`` or ``("default", "")``."""
    scope = params.read_object("scope")
    kind = str(scope.get("type", "default"))
    return f"{kind}:{scope['chat_id']}" if "chat_id" in scope else kind, read_language(params)


def read_language(params: Params) -> str:
    """Return the two-letter language code, or an empty string without one. Raise ``BadRequest`` for any other code."""
    language = params.find_text("language_code") or ""
    if language and not LANGUAGE.fullmatch(language):
        raise BadRequest("invalid language code specified")
    return language


def list_commands(state: State, language: str, person_id: int | None) -> list[Json]:
    """Return the commands that a client shows: those of the narrowest scope that has any.

    Within a scope the list in the person's language comes before the list without a language.
    """
    scopes = [f"chat:{person_id}", "all_private_chats", "default"]
    keys = [(scope, code) for scope in scopes for code in (language[:2], "")]
    return next((state.commands[key] for key in keys if state.commands.get(key)), [])


def build_setter(name: str, longest: int) -> Callable[[State, Params], Awaitable[Any]]:
    """Return the Bot API method that stores the text ``name`` of the bot for one language.

    The method raises ``BadRequest`` for a text of more than ``longest`` characters.
    """

    async def set_text(state: State, params: Params) -> bool:
        text = params.find_text(name) or ""
        if len(text) > longest:
            raise BadRequest(f"bot {name.replace('_', ' ')} is too long")
        state.texts[name, read_language(params)] = text
        return True

    return set_text


def build_getter(name: str, default: str = "") -> Callable[[State, Params], Awaitable[Any]]:
    """Return the Bot API method that answers with the text ``name`` in the language of the call.

    If there is none, it answers with the text that was stored without a language, or else with ``default``.
    """

    async def get_text(state: State, params: Params) -> Json:
        translated = state.texts.get((name, read_language(params)))
        return {name: translated or state.texts.get((name, "")) or default}

    return get_text
