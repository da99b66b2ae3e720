"""Updates on their way to the bot, by polling or by webhook, each kept until it is confirmed."""

from __future__ import annotations

import copy
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.bot_api.problems import OTHER_POLLING, WEBHOOK_ACTIVE, WEBHOOK_SET, Problem
from sandbox.chat_page.news import News

KEPT_UPDATES = 10_000
# What Telegram leaves out unless a bot asks for it by name.
ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
Json = dict[str, Any]


@dataclass
class Webhook:
    """Where updates are pushed to; an empty ``url`` means polling."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str = ""


@dataclass
class Updates:
    """The queue of one bot."""

    news: News
    waiting: list[Json] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    webhook: Webhook = field(default_factory=Webhook)
    closed: bool = False

    def __post_init__(self) -> None:
        # From the clock, so that a sandbox started anew never falls behind an offset that a bot remembers.
        self._ids = itertools.count(int(time.time()))
        self._poller: object = None

    def add(self, kind: str, content: Json) -> None:
        """Queue a copy: what happens to the message later must not change what was told."""
        if kind not in self.wanted if self.wanted else kind in ASKED_FOR:
            return
        self.waiting.append({"update_id": next(self._ids), kind: copy.deepcopy(content)})
        del self.waiting[:-KEPT_UPDATES]
        self.news.announce()

    def confirm(self, offset: int) -> None:
        """Forget what comes before ``offset``; a negative one keeps only that many of the newest."""
        if offset < 0:
            self.waiting = self.waiting[offset:]
        elif offset > 0:
            self.waiting = [update for update in self.waiting if update["update_id"] >= offset]

    async def poll(self, limit: int, seconds: float) -> list[Json]:
        """Up to ``limit`` updates as soon as there are any; they stay until confirmed.

        A second poller ends the first with 409, and so does a webhook that is set meanwhile.
        """
        self._check_no_webhook(WEBHOOK_ACTIVE)
        self._poller = poller = object()
        self.news.announce()
        await self.news.wait_until(
            lambda: bool(self.waiting or self.webhook.url or self.closed) or self._poller is not poller, seconds
        )
        self._check_no_webhook(WEBHOOK_SET)
        if self._poller is not poller:
            raise Problem(409, OTHER_POLLING)
        return self.waiting[:limit]

    def set_webhook(self, webhook: Webhook) -> None:
        self.webhook = webhook
        self.news.announce()

    def close(self) -> None:
        self.closed = True
        self.news.announce()

    def _check_no_webhook(self, reason: str) -> None:
        if self.webhook.url:
            raise Problem(409, reason)
