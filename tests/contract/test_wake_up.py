"""Wake-ups through a real Valkey, and through the double that other tests use."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator

import dramatiq
import pytest
import redis
from dramatiq import Worker

from db.states import Queue
from errors import QueueUnavailable
from processing.ports import WakeUp
from processing.runtime.broker import ACTORS, RedisWakeUp, make_broker
from processing.runtime.embedded_valkey import EmbeddedValkey
from tests.doubles import CountingWakeUp
from tests.stack import wait_until


@pytest.fixture
def real(valkey: EmbeddedValkey) -> Iterator[RedisWakeUp]:
    wake_up = RedisWakeUp(make_broker(valkey.url))
    yield wake_up
    wake_up.close()


@pytest.fixture(params=["real", "double"])
def wake_up(request: pytest.FixtureRequest) -> WakeUp:
    made: WakeUp = request.getfixturevalue("real") if request.param == "real" else CountingWakeUp()
    return made


def test_wake_ups_wait_in_the_queue_they_were_sent_to(wake_up: WakeUp) -> None:
    wake_up.check()
    assert (wake_up.get_length(Queue.DOCUMENTS), wake_up.get_length(Queue.ANSWERS)) == (0, 0)
    wake_up.notify_worker(Queue.DOCUMENTS)
    wake_up.notify_worker(Queue.DOCUMENTS)
    wake_up.notify_worker(Queue.ANSWERS)
    assert (wake_up.get_length(Queue.DOCUMENTS), wake_up.get_length(Queue.ANSWERS)) == (2, 1)


def notify_worker(wake_up: WakeUp) -> None:
    wake_up.notify_worker(Queue.DOCUMENTS)


def measure(wake_up: WakeUp) -> None:
    wake_up.get_length(Queue.DOCUMENTS)


def check(wake_up: WakeUp) -> None:
    wake_up.check()


@pytest.mark.parametrize("call", [notify_worker, measure, check])
def test_every_operation_raises_queue_unavailable_when_the_server_stops(
    call: Callable[[WakeUp], None], valkey: EmbeddedValkey
) -> None:
    wake_up = RedisWakeUp(make_broker(valkey.url))
    wake_up.notify_worker(Queue.DOCUMENTS)
    valkey.stop()
    with pytest.raises(QueueUnavailable):
        call(wake_up)
    with pytest.raises(QueueUnavailable):
        call(CountingWakeUp(down=True))


def test_wake_up_without_a_server_raises_queue_unavailable() -> None:
    wake_up = RedisWakeUp(make_broker("redis://127.0.0.1:1/0"))
    with pytest.raises(QueueUnavailable):
        wake_up.notify_worker(Queue.DOCUMENTS)


@pytest.mark.timeout(60)
def test_frozen_server_raises_queue_unavailable_in_bounded_time(real: RedisWakeUp, valkey: EmbeddedValkey) -> None:
    real.notify_worker(Queue.DOCUMENTS)
    with redis.Redis.from_url(valkey.url) as client:
        number = int(client.info("server")["process_id"])
    os.kill(number, signal.SIGSTOP)
    try:
        with pytest.raises(QueueUnavailable):
            real.notify_worker(Queue.DOCUMENTS)
    finally:
        os.kill(number, signal.SIGCONT)
    real.notify_worker(Queue.DOCUMENTS)
    assert real.get_length(Queue.DOCUMENTS) >= 2


def test_wake_up_reaches_only_workers_of_its_queue(real: RedisWakeUp) -> None:
    woken = {queue: threading.Event() for queue in ACTORS}
    for queue, name in ACTORS.items():
        dramatiq.actor(broker=real.broker, queue_name=queue, actor_name=name)(woken[queue].set)
    worker = Worker(real.broker, queues={Queue.DOCUMENTS}, worker_threads=1)
    worker.start()
    try:
        real.notify_worker(Queue.ANSWERS)
        real.notify_worker(Queue.DOCUMENTS)
        assert woken[Queue.DOCUMENTS].wait(30)
        wait_until(lambda: real.get_length(Queue.DOCUMENTS) == 0, "the wake-up to be received")
        assert real.get_length(Queue.ANSWERS) == 1
        assert not woken[Queue.ANSWERS].is_set()
    finally:
        worker.stop()
