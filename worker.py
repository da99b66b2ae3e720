"""Starts the workers: one process for each queue, restarted when it dies."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from db.states import Queue
from errors import SettingsInvalid, SocrateError
from processing.locks.limits import raise_descriptors
from processing.runtime import heartbeat, secrets
from processing.runtime.exits import exit_now
from processing.runtime.logs import set_up_logs
from processing.runtime.supervisor import Supervised, stop_all
from settings import Settings, load_settings

if TYPE_CHECKING:
    from processing.notifications.deliverer import Deliverer
    from processing.ports import CrossEncoder, Embedder
    from processing.services import WorkerServices

# How long running work and its process may take to stop. The supervisor waits for the process and has 10 s itself:
# then main.py kills it.
STOP_MILLISECONDS = 5_000
CHILD_STOP_SECONDS = 8.5
# How long messages under way are waited for, at the same time.
SENDING_SECONDS = 7.0
# A process without a heartbeat for this long is killed. Measured: a living process can be silent for 18 s, while a
# library holds the interpreter lock.
SILENCE_SECONDS = 60.0
# How long the attempt at a suspect may take to stop.
ALONE_STOP_SECONDS = 3.0
HOME = Path(__file__).parent
log = logging.getLogger(__name__)


def main() -> int:
    arguments = parse_arguments()
    secrets.take_over()
    try:
        settings = prepare(load_settings())
        secrets.protect()
    except SettingsInvalid as error:
        print(error, file=sys.stderr)
        return 2
    raise_descriptors()
    set_up_logs(settings.log_level)
    stop = listen_for_stop()
    if queue := arguments.queue or arguments.alone:
        if write_end := os.environ.get(heartbeat.VARIABLE):
            heartbeat.start_heartbeat(int(write_end))
        (work if arguments.queue else work_alone)(settings, queue, stop)
    else:
        supervise(settings, stop)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Reads documents and answers questions for Socrate.")
    queues = (Queue.DOCUMENTS, Queue.ANSWERS)
    parser.add_argument("--queue", choices=queues, help="work in this process on one queue only")
    parser.add_argument("--alone", choices=queues, help="try work of one queue during which a process died, and end")
    return parser.parse_args()


def prepare(settings: Settings) -> Settings:
    """Return the settings, with the address of the embedded Valkey of this machine if REDIS_URL is not set.

    Raise ``SettingsInvalid`` if no embedded Valkey runs here, or if there is no token.
    """
    from processing.runtime.embedded_valkey import choose_socket

    problems = []
    if settings.telegram_bot_token is None:
        problems.append("TELEGRAM_BOT_TOKEN is not set: the worker edits messages and needs it.")
    if not settings.redis_url:
        socket = choose_socket(settings.data_folder / "valkey")
        if not socket.exists():
            problems.append("REDIS_URL is not set and no bot runs here: start main.py first, or set REDIS_URL.")
        settings = settings.model_copy(update={"redis_url": f"unix://{socket}?db=0"})
    if problems:
        raise SettingsInvalid(problems=problems)
    return settings


def listen_for_stop() -> threading.Event:
    """Return an event that is set when SIGTERM or SIGINT arrives."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop


def supervise(settings: Settings, stop: threading.Event) -> None:
    """Keep one child process alive for each queue until ``stop`` is set, then stop the children."""

    def release(pid: int) -> None:
        from wiring import release_worker

        release_worker(settings, pid)

    command = [sys.executable, str(HOME / "worker.py"), "--queue"]
    handed_over = secrets.collect_secrets(settings)
    children = [Supervised(queue, [*command, queue], None, handed_over, release, SILENCE_SECONDS) for queue in Queue]
    secrets.forget_bucket()
    for child in children:
        child.start()
    wait(stop)
    stop_all(children, CHILD_STOP_SECONDS)


def wait(stop: threading.Event) -> None:
    """Return when asked to stop, or when the process that started this one has ended."""
    parent = os.getppid()
    while not stop.wait(1.0):
        if os.getppid() != parent:
            log.warning("parent_gone")
            return


def work(settings: Settings, queue: str, stop: threading.Event) -> None:
    """Work on one queue until ``stop`` is set, then put the rows in work back into the queue."""
    from dramatiq import Worker

    from processing.actors import make_actors
    from processing.embedding import start_warming
    from processing.locks.probe import describe_locks
    from processing.maintenance.reconciler import Reconciler
    from processing.runtime.broker import RedisWakeUp, make_broker
    from wiring import BotThread, make_worker_services, start_deliverer

    telegram = BotThread(settings)
    telegram.start()
    broker = make_broker(settings.redis_url)
    services = make_worker_services(settings, telegram.notifier, RedisWakeUp(broker), queue)
    services.secrets = secrets.collect_secrets(settings)
    secrets.forget_bucket()
    services.database.migrate()
    services.sync_clock()
    services.threads = settings.documents_at_once if queue == Queue.DOCUMENTS else settings.answers_at_once
    services.suspect_command = [sys.executable, str(HOME / "worker.py"), "--alone", queue]
    make_actors(broker, services)
    services.leases.start()
    deliverer = start_deliverer(services)
    reconciler = Reconciler(services)
    reconciler.start()
    worker = Worker(broker, queues={queue}, worker_threads=services.threads)
    # One message for each thread: more would wait here while another worker is idle.
    worker.queue_prefetch = services.threads
    worker.start()
    describe_locks()
    start_warming(list_models(services), filming=queue == Queue.DOCUMENTS)
    log.info("worker_started", extra={"queue": queue, "threads": services.threads})
    wait(stop)
    services.stopping.set()
    with stop_sending(deliverer):
        reconciler.stop()
        worker.stop(timeout=STOP_MILLISECONDS)
        give_back(services)
    telegram.stop()


@contextmanager
def stop_sending(deliverer: Deliverer) -> Iterator[None]:
    """A context beside which messages under way are waited for."""
    stopping = threading.Thread(target=deliverer.stop, args=(SENDING_SECONDS,), name="stop-outbox")
    stopping.start()
    try:
        yield
    finally:
        stopping.join()


def list_models(services: WorkerServices) -> list[Embedder | CrossEncoder]:
    """Return the models that the worker uses."""
    reader = services.index_cache.cross_encoder
    return [services.embedder] if reader is None else [services.embedder, reader]


def give_back(services: WorkerServices) -> None:
    """Put the rows that are still in work back into the queue, and keep no lease."""
    try:
        services.leases.give_back()
        services.leases.stop()
    except SocrateError as error:
        log.warning("leases_not_given_back", extra={"error": error.key})


def work_alone(settings: Settings, queue: str, stop: threading.Event) -> None:
    """Try the suspects of one queue, one after the other, until none is due or ``stop`` is set."""
    from processing.jobs.alone import run_suspects
    from processing.kinds import list_kinds
    from processing.runtime.broker import RedisWakeUp, make_broker
    from wiring import BotThread, make_worker_services

    telegram = BotThread(settings)
    telegram.start()
    services = make_worker_services(settings, telegram.notifier, RedisWakeUp(make_broker(settings.redis_url)), queue)
    secrets.forget_bucket()
    services.alone, services.stopping = True, stop
    services.sync_clock()
    services.leases.start()
    threading.Thread(target=stop_alone, args=(services,), name="stopping", daemon=True).start()
    run_suspects(services, list_kinds(Queue(queue)))
    give_back(services)
    telegram.stop()


def stop_alone(services: WorkerServices) -> None:
    """When asked to stop or left alone by the worker, give the attempt a moment; then put its row back and exit.

    The row goes back uncounted: it is not to blame for the end of the worker, whose rows were others.
    """
    wait(services.stopping)
    services.stopping.set()
    time.sleep(ALONE_STOP_SECONDS)
    give_back(services)
    exit_now(1)


if __name__ == "__main__":
    exit_now(main())
