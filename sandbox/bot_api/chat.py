"""Methods about a chat that add no message: chat actions, drafts, reactions, pins, answers to taps."""

from __future__ import annotations

import time

from sandbox.bot_api.messages import LONGEST_TEXT, read_text
from sandbox.bot_api.params import Params
from sandbox.entities import count_utf16
from sandbox.errors import QUERY_TOO_OLD, BadRequest
from sandbox.html import render_html
from sandbox.state import Json, State

LONGEST_ANSWER = 200
QUERY_SECONDS = 60
ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip
GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


async def get_chat(state: State, params: Params) -> Json:
    person = state.people.get(params.get_chat_id())
    if person is None:
        raise BadRequest("chat not found")
    more = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(GIFTS, False)}
    return person.describe_chat() | more


async def send_chat_action(state: State, params: Params) -> bool:
    person = state.get_writable(params.get_chat_id())
    action = params.find_text("action")
    if action not in ACTIONS:
        raise BadRequest("wrong parameter action in request")
    state.record_event(person, "chat_action", action=action)
    return True


async def send_message_draft(state: State, params: Params) -> bool:
    """Show a preview of a message that the bot is still writing. An empty text removes the preview."""
    person = state.get_writable(params.get_chat_id())
    draft = params.find_int("draft_id")
    if not draft:
        raise BadRequest("draft_id must be non-zero")
    text, entities = read_text(params, "text", LONGEST_TEXT)
    state.record_event(person, "draft", draft_id=draft, text=text, html=render_html(text, entities))
    return True


async def set_message_reaction(state: State, params: Params) -> bool:
    person = state.get_writable(params.get_chat_id())
    number = params.find_int("message_id") or 0
    if number not in person.messages:
        raise BadRequest("message to react not found")
    state.record_event(person, "reaction", message_id=number, reaction=params.list_objects("reaction"))
    return True


async def pin_message(state: State, params: Params) -> bool:
    """Check the parameters of pinChatMessage or unpinChatMessage. Nothing is stored: the chat page shows no pins."""
    person = state.get_writable(params.get_chat_id())
    number = params.find_int("message_id")
    if number is not None and number not in person.messages:
        raise BadRequest("message to pin not found")
    return True


async def answer_callback_query(state: State, params: Params) -> bool:
    text = params.find_text("text") or ""
    if count_utf16(text) > LONGEST_ANSWER:
        raise BadRequest("MESSAGE_TOO_LONG")
    query = state.queries.pop(params.find_text("callback_query_id") or "", None)
    if query is None or time.monotonic() - query.created > QUERY_SECONDS:
        raise BadRequest(QUERY_TOO_OLD)
    answer = {"text": text, "show_alert": params.read_bool("show_alert")}
    state.record_event(query.person, "callback_answer", **answer)
    query.answer.set_result(answer)
    return True
