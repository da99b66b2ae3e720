"""A bot that sends nothing, and messages that people write to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telegram import BotCommand, User
from telegram.ext import ExtBot

TOKEN = "123456:TEST-token_of-the-listener"


class SilentBot(ExtBot[None]):
    """Keeps what it would send as (chat, text) in ``sent``, answers to taps in ``answered``, and menus by language."""

    def __init__(self) -> None:
        super().__init__(TOKEN)
        with self._unfrozen():
            self.sent: list[tuple[int, str]] = []
            self.answered: list[str] = []
            self.menus: dict[str | None, list[BotCommand]] = {}
            self._bot_user = User(1, "Socrate", is_bot=True, username="socrate_bot")

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def send_message(self, chat_id: int | str, text: str, *_: Any, **__: Any) -> Any:
        self.sent.append((int(chat_id), text))

    async def answer_callback_query(self, *_: Any, text: str | None = None, **__: Any) -> bool:
        self.answered.append(text or "")
        return True

    async def set_my_commands(  # type: ignore[override]
        self, commands: Sequence[BotCommand], *, language_code: str | None = None
    ) -> bool:
        self.menus[language_code] = list(commands)
        return True


def make_update(text: str, user: int, chat: int, kind: str = "private", field: str = "message") -> dict[str, Any]:
    """The JSON of an update with a text; ``field`` is ``edited_message`` for one that was edited."""
    sender = {"id": user, "first_name": "Somebody", "is_bot": False, "language_code": "it"}
    length = len(text.split(" ")[0])
    entities = [{"type": "bot_command", "offset": 0, "length": length}] if text.startswith("/") else []
    message = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": kind}, "from": sender, "text": text}
    return {"update_id": 1, field: message | {"entities": entities}}
