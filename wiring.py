"""Builds the bot and the workers from their parts; the only module that knows all of them."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from aiohttp import web
from telegram.ext import ExtBot

from bot.application import SomeApplication, connect, make_application, make_bot
from bot.context import BotContext
from bot.delivery.admin_alerts import AdminAlerts
from bot.delivery.notifier import TelegramNotifier
from bot.updates.dispatcher import Dispatcher
from bot.updates.fetching import FetchingBot
from bot.updates.polling import UpdatePoller
from bot.updates.webhook import WebhookKeeper
from bot.web.app import SOURCE, make_web_app
from bot.web.live import LiveStatus
from bot.web.metrics import list_metrics_routes
from bot.web.webhook import list_webhook_routes
from db.engine import Database
from db.states import Queue
from processing.kinds import BY_NAME
from processing.maintenance import health
from processing.maintenance.reconciler import Reconciler
from processing.notifications import outbox
from processing.notifications.deliverer import Deliverer
from processing.ports import Embedder
from processing.runtime.broker import RedisWakeUp, make_broker
from processing.runtime.clock import SharedClock
from processing.runtime.loops import TaskLoop, VitalTask, end_process
from processing.services import Services, WorkerServices
from settings import REMOTE_EMBEDDINGS, WEBHOOK_PATH, Settings
from storage.choose import open_storage

FINISH_SECONDS = 6.0
log = logging.getLogger(__name__)


def make_services(settings: Settings, notifier: TelegramNotifier) -> Services:
    """Return the services of the bot process, without importing the heavy libraries of the workers."""
    database = Database(settings.database)
    clock = SharedClock(database)
    return Services(
        settings=settings,
        database=database,
        clock=clock,
        sync_clock=clock.sync,
        storage=open_storage(settings.storage, settings.scratch_directory),
        wake_up=RedisWakeUp(make_broker(settings.redis_url)),
        notifier=notifier,
    )


def make_worker_services(
    settings: Settings, notifier: TelegramNotifier, wake_up: RedisWakeUp, queue: str
) -> WorkerServices:
    """Return the services of a worker for ``queue``; only workers that answer questions have a language model."""
    from processing.cross_encoder import E5CrossEncoder
    from processing.extract import PictureLimits, draw_passage, open_reader
    from processing.llm.client import open_model
    from processing.retrieval.corpus.corpus_cache import CorpusCache
    from processing.retrieval.index_cache import IndexCache
    from processing.runtime.leases import LeaseKeeper, name_worker

    database, storage = Database(settings.database), open_storage(settings.storage, settings.scratch_directory)
    worker, clock = name_worker(os.getpid()), SharedClock(database)
    embedder, memory = open_embedder(settings), settings.search_memory_mb * 1024 * 1024
    corpora = CorpusCache(database, memory // 4, embedder.model)
    cross_encoder = E5CrossEncoder() if queue != Queue.DOCUMENTS else None
    return WorkerServices(
        settings=settings,
        database=database,
        storage=storage,
        wake_up=wake_up,
        notifier=notifier,
        worker=worker,
        clock=clock,
        sync_clock=clock.sync,
        leases=LeaseKeeper(database, clock, worker, queue),
        reader=open_reader,
        draw=partial(draw_passage, limits=PictureLimits(pixels=settings.max_page_pixels)),
        embedder=embedder,
        index_cache=IndexCache(storage, embedder, memory - memory // 4, corpora, cross_encoder),
        model=open_model(settings) if queue != Queue.DOCUMENTS else None,
    )


def open_embedder(settings: Settings) -> Embedder:
    """Return the embedding model that ``EMBEDDING_MODEL`` names, on this machine or on a server.

    Servers do not say how many tokens their model reads, so the default model of this machine counts them.
    """
    from processing.embedding import DEFAULT_MODEL, make_embedder
    from processing.llm import embeddings

    if not settings.embedding_model.startswith(REMOTE_EMBEDDINGS):
        return make_embedder(settings.embedding_model)
    return embeddings.open_embedder(settings, make_embedder(DEFAULT_MODEL))


def release_worker(settings: Settings, pid: int) -> None:
    """Make the work of a dead worker process of this machine due again."""
    from processing.runtime.leases import name_worker, release_dead_worker

    database = Database(settings.database)
    clock = SharedClock(database)
    try:
        clock.sync()
        release_dead_worker(database, name_worker(pid), clock())
    finally:
        database.close()


class BotThread:
    """The bot that a worker sends messages with, on an event loop in a separate thread."""

    def __init__(self, settings: Settings) -> None:
        self.loop = asyncio.new_event_loop()
        self.bot: ExtBot[Any] = make_bot(settings, get_budget_url(settings))
        self.notifier = TelegramNotifier(self.bot, self.loop)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="telegram", daemon=True)

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self.loop).result(10)

    def stop(self) -> None:
        self._stopping = True
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        """Run the event loop; without it nobody is told anything, so the process ends with it."""
        try:
            self.loop.run_forever()
        finally:
            if not self._stopping:
                end_process("telegram")

    async def _open(self) -> None:
        """Open connections only: the bot's full start calls Telegram, but a worker must start without Telegram too."""
        await self.bot.request.initialize()

    async def _close(self) -> None:
        await self.bot.request.shutdown()
        if self.bot.rate_limiter is not None:
            await self.bot.rate_limiter.shutdown()


def get_budget_url(settings: Settings) -> str:
    """Return the address of the rate limiter's Redis database: number 1 of the embedded Valkey, else the queue's.

    The embedded Valkey has two, because Dramatiq's maintenance walks over every key of the queue's database.
    """
    return settings.redis_url.replace("?db=0", "?db=1")


async def run_bot(stack: AsyncExitStack, settings: Settings) -> None:
    """Start the status page, the reconciler and the bot; ``stack`` stops them in the reverse order.

    The status page and the reconciler start even if Telegram does not answer.
    """
    bot = make_bot(settings, get_budget_url(settings))
    services = make_services(settings, TelegramNotifier(bot, asyncio.get_running_loop()))
    await asyncio.to_thread(services.database.migrate)
    await asyncio.to_thread(services.sync_clock)
    stack.push_async_callback(asyncio.to_thread, services.database.close)
    bot_context = BotContext(services)
    stack.callback(bot_context.threads.shutdown, wait=False, cancel_futures=True)
    application = make_application(bot, bot_context)
    dispatcher = Dispatcher(bot_context, bot, application.process_update)
    source = make_update_source(settings, bot, dispatcher)
    live = LiveStatus(bot_context, source.contact.check)
    await start_web(stack, settings, bot_context, dispatcher, live)
    await asyncio.to_thread(outbox.adopt_rows, services)
    reconciler, deliverer = Reconciler(services), start_deliverer(services)
    reconciler.start()
    # The application closes the connections, so it comes after all that speak to Telegram.
    stack.push_async_callback(close_application, application)
    stack.push_async_callback(asyncio.to_thread, reconciler.stop)
    stack.push_async_callback(dispatcher.finish, FINISH_SECONDS)
    stack.push_async_callback(asyncio.to_thread, deliverer.stop)
    alerts = AdminAlerts(live, bot_context, bot)
    connected = asyncio.Event()
    keep_running(stack, "connection", connect_once(application, source, connected))
    for loop in (*dispatcher.loops, source.loop, alerts.loop):
        keep_running(stack, loop.name, run_when(connected, loop))


def start_deliverer(services: Services) -> Deliverer:
    """Start sending what the outbox owes. From now on the services wake it for each new message."""
    deliverer = Deliverer(services, BY_NAME)
    services.wake_outbox = deliverer.notify
    deliverer.start()
    return deliverer


def make_update_source(settings: Settings, bot: FetchingBot, dispatcher: Dispatcher) -> UpdatePoller | WebhookKeeper:
    """Return the keeper of the webhook if ``TELEGRAM_WEBHOOK_URL`` is set, else a poller."""
    if settings.telegram_webhook_url:
        return WebhookKeeper(bot, f"{settings.telegram_webhook_url}{WEBHOOK_PATH}", settings.webhook_secret)
    return UpdatePoller(bot, dispatcher)


def keep_running(stack: AsyncExitStack, name: str, work: Coroutine[Any, Any, object]) -> None:
    """Start a task without which the bot is of no use; ``stack`` stops it, and its end before that ends the process."""
    stack.push_async_callback(VitalTask(name, work).stop)


async def connect_once(
    application: SomeApplication, source: UpdatePoller | WebhookKeeper, connected: asyncio.Event
) -> None:
    """Connect to Telegram, set ``connected``, and wait until cancelled."""
    await connect(application, source.contact.note_error)
    log.info("bot_started")
    connected.set()
    await asyncio.Event().wait()


async def run_when(connected: asyncio.Event, loop: TaskLoop) -> None:
    await connected.wait()
    await loop.run()


async def close_application(application: SomeApplication) -> None:
    if application.running:
        await application.stop()
        await application.shutdown()


async def start_web(
    stack: AsyncExitStack, settings: Settings, bot_context: BotContext, dispatcher: Dispatcher, live: LiveStatus
) -> None:
    """Start the web server with the status page, metrics and, if it is set up, the webhook."""
    app = make_web_app(live)
    app.add_routes(list_metrics_routes(app[SOURCE], partial(bot_context.run, health.get_totals)))
    if settings.telegram_webhook_url:
        app.add_routes(list_webhook_routes(dispatcher.keep, settings.webhook_secret))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, settings.host, settings.port).start()


def describe_environment(settings: Settings) -> Mapping[str, str]:
    """Return the environment variables that a child worker needs in addition to those of this process.

    Secrets are not among them: ``collect_secrets`` returns those.
    """
    return {"TELEGRAM_API_BASE_URL": settings.telegram_api_base_url}
