"""Wakes workers over Redis, with Dramatiq's broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionError as DramatiqConnectionError
from dramatiq.middleware import AgeLimit, Callbacks, CurrentMessage, Retries, ShutdownNotifications, TimeLimit
from redis.backoff import NoBackoff
from redis.retry import Retry

from db.states import Queue
from errors import QueueUnavailable

ACTORS: dict[str, str] = {Queue.DOCUMENTS: "work_on_documents", Queue.ANSWERS: "work_on_questions"}
# An older wake-up is dropped: the reconciler sends new ones for work that is due.
WAKE_UP_LIFE_MILLISECONDS = 10 * 60 * 1000
DAY_MILLISECONDS = 24 * 3600 * 1000


def make_broker(url: str) -> RedisBroker:
    """Return the broker for the Redis at ``url``; it connects at its first use.

    The values for heartbeat and maintenance are explained in docs/decisions/0003.
    """
    # One retry without a pause, for a stale connection. The library's default pauses would delay a reply by seconds.
    retry = Retry(NoBackoff(), 1)
    client = redis.Redis.from_url(
        url, socket_timeout=5, socket_connect_timeout=3, health_check_interval=30, retry=retry
    )
    middleware = [
        AgeLimit(max_age=WAKE_UP_LIFE_MILLISECONDS),
        TimeLimit(time_limit=DAY_MILLISECONDS),
        ShutdownNotifications(),
        Callbacks(),
        CurrentMessage(),
        Retries(max_retries=0),
    ]
    broker = RedisBroker(  # type: ignore[no-untyped-call]
        client=client,
        middleware=middleware,
        heartbeat_timeout=20_000,
        maintenance_chance=200_000,
        dead_message_ttl=60_000,
    )
    for queue in ACTORS:
        broker.declare_queue(queue)
    return broker


class RedisWakeUp:
    """``ports.WakeUp``: enqueues messages without content, because the database says which work is due."""

    def __init__(self, broker: RedisBroker) -> None:
        self.broker = broker

    def notify_worker(self, queue: str) -> None:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue, actor_name=ACTORS[queue], args=(), kwargs={}, options={}
        )
        with as_queue_errors():
            self.broker.enqueue(message)

    def get_length(self, queue: str) -> int:
        """Return the number of wake-ups that wait in the queue."""
        with as_queue_errors():
            return int(self.broker.client.llen(f"{self.broker.namespace}:{queue}"))

    def check(self) -> None:
        with as_queue_errors():
            self.broker.client.ping()

    def close(self) -> None:
        self.broker.close()


@contextmanager
def as_queue_errors() -> Iterator[None]:
    """A context that raises ``QueueUnavailable`` for errors of Redis and of the connection to it."""
    try:
        yield
    except (redis.RedisError, DramatiqConnectionError, OSError) as error:
        raise QueueUnavailable from error
