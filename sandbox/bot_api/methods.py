"""The methods of the Bot API that the sandbox knows, by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.bot_api import chat as chat
from sandbox.bot_api import messages as messages
from sandbox.bot_api import polling as updates
from sandbox.bot_api import profile as profile
from sandbox.bot_api import uploads as files
from sandbox.bot_api.params import Params
from sandbox.state import State

Method = Callable[[State, Params], Awaitable[Any]]

METHODS: dict[str, Method] = {
    "getUpdates": updates.get_updates,
    "setWebhook": updates.set_webhook,
    "deleteWebhook": updates.delete_webhook,
    "getWebhookInfo": updates.get_webhook_info,
    "sendMessage": messages.send_message,
    "editMessageText": messages.edit_message_text,
    "editMessageCaption": messages.edit_message_caption,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "deleteMessages": messages.delete_messages,
    "sendDocument": files.send_document,
    "sendVideo": files.send_video,
    "sendPhoto": files.send_photo,
    "sendMediaGroup": files.send_media_group,
    "getFile": files.get_file,
    "getChat": chat.get_chat,
    "sendChatAction": chat.send_chat_action,
    "sendMessageDraft": chat.send_message_draft,
    "setMessageReaction": chat.set_message_reaction,
    "pinChatMessage": chat.pin_message,
    "unpinChatMessage": chat.pin_message,
    "answerCallbackQuery": chat.answer_callback_query,
    "getMe": profile.get_me,
    "logOut": profile.say_yes,
    "close": profile.say_yes,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.make_setter("name", 64),
    "getMyName": profile.make_getter("name", "Socrate"),
    "setMyDescription": profile.make_setter("description", 512),
    "getMyDescription": profile.make_getter("description"),
    "setMyShortDescription": profile.make_setter("short_description", 120),
    "getMyShortDescription": profile.make_getter("short_description"),
}
# The real server takes method names in any case.
NAMES = {name.lower(): name for name in METHODS}
