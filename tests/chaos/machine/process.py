"""The processes of the world: a bot and workers, each with its own connections. They can be killed and started."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from bot.application import make_application
from bot.context import BotContext
from bot.delivery.bounded_request import BoundedRequest
from bot.updates.dispatcher import Dispatcher
from bot.updates.fetching import FetchingBot, UpdatesRequest
from bot.updates.polling import UpdatePoller
from db.engine import Database
from db.states import Queue
from processing.jobs import inbox
from processing.jobs.alone import has_due_suspect
from processing.jobs.kind import JobKind
from processing.jobs.run import run_claimed_async, run_next
from processing.kinds import list_kinds
from processing.maintenance.reconciler import reconcile
from processing.retrieval.corpus.corpus_cache import CorpusCache
from processing.retrieval.index_cache import IndexCache
from processing.runtime.leases import LeaseKeeper, release_dead_worker
from processing.services import WorkerServices
from processing.types import Picture, PictureOrder
from sandbox.state import State
from settings import Settings
from tests.chaos.machine.boundaries import Boundary, strike_database
from tests.chaos.machine.chat_server import ChatTransport
from tests.chaos.machine.loop import LoopThread
from tests.chaos.machine.owed import deliver_one
from tests.chaos.machine.parts import FreeRateLimiter, SettledNotifier
from tests.chaos.machine.struck import (
    StruckEmbedder,
    StruckModel,
    StruckStorage,
    StruckWakeUp,
    make_intercept,
    make_reader,
)
from tests.doubles import Clock
from tests.rows import release_dead

MEMORY_BYTES = 1 << 20
SECRET = re.compile(r"secret[0-9a-f]{10}")


def find_secret(prompt: str) -> str:
    found = SECRET.search(prompt)
    return found[0] if found else "unknown"


class Process:
    """What every process has: services with its own database connections, and a bot to send with."""

    def __init__(
        self,
        settings: Settings,
        loop: LoopThread,
        state: State,
        clock: Clock,
        sent: Counter[str],
        boundary: Boundary,
        *,
        model: bool,
    ) -> None:
        self.loop, self.sent, self.boundary, self.name = loop, sent, boundary, f"{boundary.role}:{secrets.token_hex(4)}"
        self.bot: FetchingBot = make_near_bot(settings, ChatTransport(state, make_intercept(boundary)))
        loop.run(self.bot.request.initialize())
        database = Database(settings.database, pool_size=5)
        storage, embedder = StruckStorage(settings.data_folder / "storage", boundary), StruckEmbedder(boundary)
        self.services = WorkerServices(
            settings=settings,
            database=database,
            storage=storage,
            wake_up=StruckWakeUp(boundary, sent),
            notifier=SettledNotifier(self.bot, loop.loop),
            clock=clock,
            worker=self.name,
            leases=LeaseKeeper(database, clock, self.name, Queue.DOCUMENTS),
            reader=cast(Any, make_reader(boundary)),
            draw=draw_nothing,
            embedder=embedder,
            index_cache=IndexCache(
                storage, embedder, MEMORY_BYTES, CorpusCache(database, MEMORY_BYTES, embedder.model)
            ),
            model=StruckModel(boundary, find_secret) if model else None,
            # Simulated time does not pass while a thread waits for a frozen one.
            claim_patience=0.01,
        )
        strike_database(database, boundary, lambda seconds: clock.pass_time(seconds=seconds))

    def reconcile(self) -> None:
        reconcile(self.services)

    def deliver(self) -> bool:
        return deliver_one(self.services)

    def renew(self) -> None:
        self.services.leases.renew()

    def release(self, services: WorkerServices) -> None:
        """What the supervisor does after this process has died."""
        release_dead_worker(services.database, self.name, services.clock())

    def close(self) -> None:
        self.services.database.close()
        with suppress(Exception):
            self.loop.run(self.bot.request.shutdown())


class Worker(Process):
    """Works on both queues."""

    def work(self) -> bool:
        """Take one wake-up and do a piece of work, if any is due; returns False if there is no wake-up."""
        queue = next((queue for queue in Queue if self.sent[queue] > 0), None)
        if queue is None:
            return False
        self.sent[queue] -= 1
        kinds = list_kinds(queue)
        self.try_suspects(kinds)
        any(run_next(self.services, kind) for kind in kinds)
        return True

    def try_suspects(self, kinds: Sequence[JobKind[Any]]) -> None:
        """What another process does in the product: try the work during which a process died."""
        if has_due_suspect(self.services, kinds):
            self.services.alone = True
            try:
                any(run_next(self.services, kind) for kind in kinds)
            finally:
                self.services.alone = False


class BotProcess(Process):
    """Fetches and handles updates, one at a time."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.context = BotContext(self.services, ThreadPoolExecutor(1, "use-case"))
        self.application = make_application(self.bot, self.context)
        self.loop.run(self.application.initialize())
        self.dispatcher = Dispatcher(self.context, self.bot, self.application.process_update)
        self.dispatcher.holder = self.name
        self.poller = UpdatePoller(self.bot, self.dispatcher)

    def fetch(self) -> None:
        self.loop.run(self.poller.poll())

    def handle(self) -> bool:
        """Handle the next update that is due; returns False if there is none."""
        return self.loop.run(self._handle())

    async def _handle(self) -> bool:
        run, dispatcher = self.context.run, self.dispatcher
        taken = await run(inbox.claim_updates, dispatcher.bot_id, dispatcher.holder, 1)
        for claimed in taken:
            await run_claimed_async(dispatcher.job, claimed, claimed.update_id, claimed.attempts)
        return bool(taken)

    def renew(self) -> None:
        """The bot's lease of the update in work; the test claims one at a time."""

    def release(self, services: WorkerServices) -> None:
        release_dead(services, self.name)

    def close(self) -> None:
        self.context.threads.shutdown()
        super().close()


def make_near_bot(settings: Settings, transport: ChatTransport) -> FetchingBot:
    """A bot as ``make_bot`` makes it, over another transport."""
    over: dict[str, Any] = {"read_timeout": 20, "httpx_kwargs": {"transport": transport}}
    return FetchingBot(
        settings.token,
        base_url="http://telegram/bot",
        base_file_url="http://telegram/file/bot",
        request=BoundedRequest(settings.max_file_bytes, **over),
        get_updates_request=UpdatesRequest(**over),
        rate_limiter=FreeRateLimiter("redis://127.0.0.1:1", settings.token),
    )


def draw_nothing(path: Path, order: PictureOrder) -> Picture | None:
    return None
