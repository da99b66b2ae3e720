"""The Bot API methods that the sandbox supports, each with the function that answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.bot_api import chat, messages, polling, profile, uploads
from sandbox.bot_api.params import Params
from sandbox.state import State

Method = Callable[[State, Params], Awaitable[Any]]

METHODS: dict[str, Method] = {
    "getUpdates": polling.get_updates,
    "setWebhook": polling.set_webhook,
    "deleteWebhook": polling.delete_webhook,
    "getWebhookInfo": polling.get_webhook_info,
    "sendMessage": messages.send_message,
    "editMessageText": messages.edit_message_text,
    "editMessageCaption": messages.edit_message_caption,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "deleteMessages": messages.delete_messages,
    "sendDocument": uploads.send_document,
    "sendVideo": uploads.send_video,
    "sendPhoto": uploads.send_photo,
    "sendMediaGroup": uploads.send_media_group,
    "getFile": uploads.get_file,
    "getChat": chat.get_chat,
    "sendChatAction": chat.send_chat_action,
    "sendMessageDraft": chat.send_message_draft,
    "setMessageReaction": chat.set_message_reaction,
    "pinChatMessage": chat.pin_message,
    "unpinChatMessage": chat.pin_message,
    "answerCallbackQuery": chat.answer_callback_query,
    "getMe": profile.get_me,
    "logOut": profile.accept,
    "close": profile.accept,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.build_setter("name", 64),
    "getMyName": profile.build_getter("name", "Socrate"),
    "setMyDescription": profile.build_setter("description", 512),
    "getMyDescription": profile.build_getter("description"),
    "setMyShortDescription": profile.build_setter("short_description", 120),
    "getMyShortDescription": profile.build_getter("short_description"),
}
# Telegram's server accepts method names in any case.
NAMES = {name.lower(): name for name in METHODS}
