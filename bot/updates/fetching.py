"""A bot that fetches updates as JSON, because the library parses a whole answer and one bad update would fail it."""

from __future__ import annotations

from typing import Any

from telegram.error import TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from processing.jobs.raw_updates import read_answer

# How long an answer may take beyond the time that Telegram was asked to wait for updates.
MARGIN_SECONDS = 10.0


class UpdatesRequest(HTTPXRequest):
    """Reads answers of which some items are no JSON; those become ``Unreadable``."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the answer. Raise ``TelegramError`` if it is none of the Bot API."""
        try:
            return read_answer(payload.decode(errors="replace"))
        except (ValueError, RecursionError) as error:
            raise TelegramError("not an answer of the Bot API") from error


class FetchingBot(ExtBot[Any]):
    """``fetch_updates`` returns what ``get_updates`` would parse."""

    async def fetch_updates(self, offset: int | None, seconds: int, kinds: list[str]) -> list[Any]:
        """Return the updates from ``offset`` on as JSON values; wait up to ``seconds`` for one."""
        wanted = {"offset": offset, "timeout": seconds, "allowed_updates": kinds}
        fetched = await self._post("getUpdates", wanted, read_timeout=seconds + MARGIN_SECONDS)
        if not isinstance(fetched, list):
            raise TelegramError("not a list of updates")
        return fetched
