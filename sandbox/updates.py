"""The queue of updates for the bot, delivered by polling or webhook; each stays until the bot confirms it."""

from __future__ import annotations

import copy
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.changes import Changes
from sandbox.errors import OTHER_POLLING, WEBHOOK_ACTIVE, WEBHOOK_SET, ApiError

KEPT_UPDATES = 10_000
# Kinds that Telegram sends only to bots that name them in allowed_updates.
OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
Json = dict[str, Any]


@dataclass
class Webhook:
    """The address that updates are pushed to; an empty ``url`` means polling."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str = ""


@dataclass
class Updates:
    """Updates of one bot. ``allowed`` holds the kinds the bot asked for; empty means all but ``OPT_IN_KINDS``."""

    changes: Changes
    pending: list[Json] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    webhook: Webhook = field(default_factory=Webhook)
    closed: bool = False

    def __post_init__(self) -> None:
        # Ids start at the clock: a bot remembers its offset, and a restarted sandbox must not fall behind it.
        self._ids = itertools.count(int(time.time()))
        self._poller: object = None

    def add(self, kind: str, content: Json) -> None:
        """Queue a copy of ``content``, so that later edits of the message do not change the update."""
        if kind not in self.allowed if self.allowed else kind in OPT_IN_KINDS:
            return
        self.pending.append({"update_id": next(self._ids), kind: copy.deepcopy(content)})
        del self.pending[:-KEPT_UPDATES]
        self.changes.announce()

    def confirm(self, offset: int) -> None:
        """Drop updates with an id below ``offset``; a negative offset keeps that many of the newest."""
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset > 0:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]

    async def poll(self, limit: int, seconds: float) -> list[Json]:
        """Up to ``limit`` updates, as soon as there are any or ``seconds`` have passed; they stay pending.

        Raises ``ApiError`` 409 where a webhook is set, or where a second poll or a new webhook interrupts this one.
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
        """End every waiting poll with an empty answer."""
        self.closed = True
        self.changes.announce()

    def _check_no_webhook(self, reason: str) -> None:
        if self.webhook.url:
            raise ApiError(409, reason)
