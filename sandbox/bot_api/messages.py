"""Methods that send, edit and delete text messages, and the parameters they share with file methods."""

from __future__ import annotations

import re
from typing import Any

from sandbox.bot_api.params import Params
from sandbox.entities import Entity, add_commands_and_urls, arrange, count_utf16, parse_html
from sandbox.errors import NOT_MODIFIED, BadRequest
from sandbox.state import Json, Person, State

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_CALLBACK_DATA = 64
MAX_DELETED = 100
BUTTON_KINDS = frozenset({"url", "callback_data", "web_app", "login_url", "copy_text", "switch_inline_query", "pay"})
CONTROL_CHARACTERS = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f]")


async def send_message(state: State, params: Params) -> Json:
    person = state.get_writable(params.get_chat_id())
    text, entities = read_text(params, "text", LONGEST_TEXT)
    if not text:
        raise BadRequest("message text is empty")
    return state.add_message(person, state.bot, text=text, entities=entities, **read_send_options(person, params))


async def edit_message_text(state: State, params: Params) -> Json:
    person, message = get_bot_message(state, params)
    text, entities = read_text(params, "text", LONGEST_TEXT)
    if not text:
        raise BadRequest("message text is empty")
    if "text" not in message:
        raise BadRequest("there is no text in the message to edit")
    preview = params.read_object("link_preview_options")
    if preview:
        message["link_preview_options"] = preview
    return edit(state, person, message, text=text, entities=entities, **read_new_buttons(params))


async def edit_message_caption(state: State, params: Params) -> Json:
    person, message = get_bot_message(state, params)
    if "text" in message:
        raise BadRequest("there is no caption in the message to edit")
    text, entities = read_text(params, "caption", LONGEST_CAPTION)
    return edit(state, person, message, caption=text, caption_entities=entities, **read_new_buttons(params))


async def edit_message_reply_markup(state: State, params: Params) -> Json:
    person, message = get_bot_message(state, params)
    return edit(state, person, message, **read_new_buttons(params))


async def delete_message(state: State, params: Params) -> bool:
    person = state.get_writable(params.get_chat_id())
    if not state.delete_message(person, params.find_int("message_id") or 0):
        raise BadRequest("message to delete not found")
    return True


async def delete_messages(state: State, params: Params) -> bool:
    """Delete up to ``MAX_DELETED`` messages. Ids that do not exist are ignored, as on Telegram's server."""
    person = state.get_writable(params.get_chat_id())
    numbers = params.read_list("message_ids")
    if not 1 <= len(numbers) <= MAX_DELETED or not all(isinstance(number, int) for number in numbers):
        raise BadRequest("there must be 1-100 message identifiers")
    for number in numbers:
        state.delete_message(person, number)
    return True


def get_bot_message(state: State, params: Params) -> tuple[Person, Json]:
    """Return the person and the message to edit.

    Raise ``BadRequest`` if there is no such message or the person wrote it, ``BotBlocked`` if they blocked the bot.
    """
    person = state.get_writable(params.get_chat_id())
    message = person.messages.get(params.find_int("message_id") or 0)
    if message is None:
        raise BadRequest("message to edit not found")
    if message["from"]["id"] == person.id:
        raise BadRequest("message can't be edited")
    return person, message


def edit(state: State, person: Person, message: Json, **content: Any) -> Json:
    """Replace the fields in ``content`` and return the message. Raise ``BadRequest`` if all have that value already."""
    if all(message.get(key) == (value or None) for key, value in content.items()):
        raise BadRequest(NOT_MODIFIED)
    state.change_message(person, message, **content)
    return message


def read_text(params: Params, name: str, longest: int) -> tuple[str, list[Entity]]:
    """Return the text of the parameter ``name`` without its markup, and its entities.

    Raise ``BadRequest`` if the markup is invalid, or if the text has more than ``longest`` UTF-16 code units.
    """
    source = CONTROL_CHARACTERS.sub(" ", (params.find_text(name) or "").replace("\r", ""))
    mode = (params.find_text("parse_mode") or "").lower()
    if mode == "html":
        text, entities = parse_html(source)
    elif mode:
        raise BadRequest("unsupported parse_mode (the sandbox knows HTML)")
    else:
        listed = params.list_objects("caption_entities" if name == "caption" else "entities")
        text, entities = source.strip(), arrange([entity for entity in listed if is_entity(entity)])
    if count_utf16(text) > longest:
        raise BadRequest("message is too long" if name == "text" else "message caption is too long")
    return text, add_commands_and_urls(text, entities)


def is_entity(value: Json) -> bool:
    numbers = [value.get("offset"), value.get("length")]
    return isinstance(value.get("type"), str) and all(isinstance(number, int) and number >= 0 for number in numbers)


def read_send_options(person: Person, params: Params) -> Json:
    """Return the arguments of ``State.add_message`` that all kinds of messages share: reply, buttons, link preview."""
    markup = read_markup(params)
    # The Bot API returns only inline buttons with the message; other markup is for the person's client.
    inline = "inline_keyboard" in markup
    return {
        "reply_to_message": find_replied(person, params),
        "reply_markup": markup if inline else None,
        "prompt": None if inline else markup,
        "link_preview_options": params.read_object("link_preview_options"),
    }


def read_new_buttons(params: Params) -> Json:
    """Return the field ``reply_markup`` of an edited message. It is empty if the edit removes the buttons.

    Raise ``BadRequest`` for any other markup than inline buttons.
    """
    markup = read_markup(params)
    if markup and "inline_keyboard" not in markup:
        raise BadRequest("inline keyboard expected")
    return {"reply_markup": markup}


def find_replied(person: Person, params: Params) -> Json | None:
    """Return the message that the new one replies to, or None if it is no reply.

    If there is no such message, return None with ``allow_sending_without_reply`` and raise ``BadRequest`` without it.
    """
    reply = Params(params.read_object("reply_parameters"))
    number = reply.find_int("message_id") or params.find_int("reply_to_message_id")
    if not number:
        return None
    message = person.messages.get(number)
    lenient = any(each.read_bool("allow_sending_without_reply") for each in (reply, params))
    if message is None and not lenient:
        raise BadRequest("message to be replied not found")
    return strip_reply(message) if message else None


def strip_reply(message: Json) -> Json:
    """Return ``message`` without its own ``reply_to_message``: the Bot API nests replies only one level deep."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}


def read_markup(params: Params) -> Json:
    """Return the reply markup, or an empty dictionary without one. Raise ``BadRequest`` for invalid inline buttons."""
    markup = params.read_object("reply_markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return markup
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise BadRequest("can't parse inline keyboard: expected an Array of Arrays")
    for button in (button for row in rows for button in row):
        check_button(button)
    return {"inline_keyboard": kept} if (kept := [row for row in rows if row]) else {}


def check_button(button: Any) -> None:
    if not isinstance(button, dict) or not button.get("text"):
        raise BadRequest('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not any(button.get(kind) for kind in BUTTON_KINDS):
        raise BadRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(str(button.get("callback_data", "")).encode()) > LONGEST_CALLBACK_DATA:
        raise BadRequest("BUTTON_DATA_INVALID")
