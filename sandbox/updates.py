"""The queue of updates for the bot. An update is delivered by polling or webhook until the bot confirms it."""

from __future__ import annotations

import copy
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.changes import Changes
from sandbox.errors import OTHER_POLLING, WEBHOOK_ACTIVE, WEBHOOK_SET, ApiError

KEPT_UPDATES = 10_000
# Stands for the id of an update in the text of a raw one.
ID_PLACE = "UPDATE_ID"
# Telegram sends these kinds of updates only to bots that ask for them in ``allowed_updates``.
OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
Json = dict[str, Any]


class RawUpdate(dict[str, Any]):
    """An update whose ``text`` reaches the bot as it is: JSON that a dictionary can't express, or none of Telegram's.

    As a dictionary it holds only the id with which the bot confirms it.
    """

    def __init__(self, number: int, text: str) -> None:
        super().__init__(update_id=number)
        self.text = text


def render(value: Any) -> str:
    """Return the JSON text of a value; that of a raw update unchanged."""
    return value.text if isinstance(value, RawUpdate) else json.dumps(value, ensure_ascii=False)


@dataclass
class Webhook:
    """The address to which updates are pushed. With an empty ``url`` the bot polls for them."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str = ""


@dataclass
class Updates:
    """The updates of the bot. ``allowed`` lists the kinds that it asked for; empty means all but ``OPT_IN_KINDS``."""

    changes: Changes
    pending: list[Json] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    webhook: Webhook = field(default_factory=Webhook)
    closed: bool = False

    def __post_init__(self) -> None:
        # Ids begin with the time: a bot remembers the last id that it confirmed, and a restarted sandbox must not give
        # lower ones.
        self._ids = itertools.count(int(time.time()))
        self._poller: object = None

    def add(self, kind: str, content: Json) -> None:
        """Queue an update, unless the bot does not want this kind.

        ``content`` is copied, so that later edits of the message do not change the update.
        """
        if kind not in self.allowed if self.allowed else kind in OPT_IN_KINDS:
            return
        self.pending.append({"update_id": next(self._ids), kind: copy.deepcopy(content)})
        del self.pending[:-KEPT_UPDATES]
        self.changes.announce()

    def add_raw(self, text: str) -> int:
        """Queue the text of an update, of any kind, and return the id that replaces ``ID_PLACE`` in it."""
        number = next(self._ids)
        self.pending.append(RawUpdate(number, text.replace(ID_PLACE, str(number))))
        del self.pending[:-KEPT_UPDATES]
        self.changes.announce()
        return number

    def confirm(self, offset: int) -> None:
        """Drop the updates with an id below ``offset``. A negative offset keeps only that many of the newest."""
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset > 0:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]

    async def poll(self, limit: int, seconds: float) -> list[Json]:
        """Wait up to ``seconds`` for an update, and return the oldest ``limit`` updates. They stay pending.

        Raise ``ApiError`` 409 if a webhook is set, or if a later poll or a new webhook interrupts this one.
        """
        self._check_no_webhook(WEBHOOK_ACTIVE)
        self._poller = poller = object()
        self.changes.announce()
        await self.changes.wait_until(
            lambda: bool(self.pending or self.webhook.url or self.closed) or self._poller is not poller, seconds
        )
        self._check_no_webhook(WEBHOOK_SET)
        if self._poller is not poller:
            raise ApiError(409, OTHER_POLLING)
        return self.pending[:limit]

    def set_webhook(self, webhook: Webhook) -> None:
        self.webhook = webhook
        self.changes.announce()

    def close(self) -> None:
        """End the poll that is waiting, if any, with an empty list."""
        self.closed = True
        self.changes.announce()

    def _check_no_webhook(self, reason: str) -> None:
        if self.webhook.url:
            raise ApiError(409, reason)
