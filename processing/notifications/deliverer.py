"""Delivers the messages of the outbox in the background, to several chats at the same time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from db.models import OutboxMessage
from db.operations.upkeep import outbox as outbox_queue
from processing.delivery import DeliveryState
from processing.notifications import outbox
from processing.notifications.outbox import LEASE, Kinds
from processing.runtime.loops import ThreadLoop
from processing.services import Services

# A chat takes one of these at most, so that a chat which Telegram slows down delays no other.
CHATS_AT_ONCE = 24
# How often the outbox is looked at without a wake-up, for messages of other processes and postponed ones.
POLL_SECONDS = 2.0
RENEWAL_SECONDS = 8.0
# No message can be sent while Telegram refuses the token.
TOKEN_PAUSE_SECONDS = 15.0
# Less than the lease, which is not renewed during a stop.
STOP_SECONDS = 15.0
log = logging.getLogger(__name__)


class Deliverer:
    """Sends what is owed until it is stopped. ``notify`` makes it look at once."""

    def __init__(self, services: Services, kinds: Kinds) -> None:
        self.services, self.kinds = services, kinds
        self._senders = ThreadPoolExecutor(CHATS_AT_ONCE, "deliver")
        self._chats: set[int] = set()
        self._held: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._renewed = self._paused_until = 0.0
        self._cut_off = False
        self._loop = ThreadLoop("outbox", self._run_round, every=0.0)

    def start(self) -> None:
        self._loop.start()

    def notify(self) -> None:
        self._wake.set()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Begin no further delivery, and wait up to ``seconds`` for those under way.

        What is under way after that does not count as told: the connections are closed next.
        """
        until = time.monotonic() + seconds
        self._loop.stop()
        self._wake.set()
        self._loop.stop(seconds)
        self._senders.shutdown(wait=False, cancel_futures=True)
        while self._chats and time.monotonic() < until:
            time.sleep(0.05)
        self._cut_off = True

    def run_once(self) -> None:
        """Renew the leases of messages under way, then begin to send what is due."""
        self._renew()
        if time.monotonic() < self._paused_until:
            return
        with self._lock:
            busy = set(self._chats)
        free = CHATS_AT_ONCE - len(busy)
        if free <= 0:
            return
        due = outbox.list_due_chats(self.services, CHATS_AT_ONCE + len(busy))
        for chat_id in [chat_id for chat_id in due if chat_id not in busy][:free]:
            with self._lock:
                self._chats.add(chat_id)
            self._senders.submit(self._deliver, chat_id)

    def _run_round(self) -> None:
        self._wake.wait(POLL_SECONDS)
        self._wake.clear()
        if not self._loop.stopping.is_set():
            self.run_once()

    def _deliver(self, chat_id: int) -> None:
        try:
            delivery = outbox.deliver_next(self.services, self.kinds, chat_id, self._hold, lambda: self._cut_off)
            if delivery is not None and delivery.state is DeliveryState.TOKEN_REFUSED:
                self._paused_until = time.monotonic() + TOKEN_PAUSE_SECONDS
            self._leave(chat_id)
            self._wake.set()
        except Exception as error:
            # The next attempt is made in the next round, because most errors last.
            log.error("outbox_failed", extra={"error": type(error).__name__}, exc_info=error)
        finally:
            self._leave(chat_id)

    def _leave(self, chat_id: int) -> None:
        with self._lock:
            self._chats.discard(chat_id)

    @contextmanager
    def _hold(self, message: OutboxMessage) -> Iterator[None]:
        held = (message.id, message.fencing_token)
        with self._lock:
            self._held.add(held)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(held)

    def _renew(self) -> None:
        if time.monotonic() - self._renewed < RENEWAL_SECONDS:
            return
        self._renewed = time.monotonic()
        with self._lock:
            held = tuple(self._held)
        if held:
            with self.services.database.upkeep() as session:
                outbox_queue.renew_leases(session, held, self.services.clock() + LEASE)
