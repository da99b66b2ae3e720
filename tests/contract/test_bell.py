"""The bell on a real Valkey, and the one that tests ring."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator

import dramatiq
import pytest
import redis
from dramatiq import Worker

from errors import QueueUnavailable
from processing.broker import ACTORS, RedisBell, make_broker
from processing.embedded import EmbeddedValkey
from processing.ports import Bell
from processing.services import ANSWERS, DOCUMENTS
from tests.doubles import CountingBell
from tests.stack import wait_until


@pytest.fixture
def real(valkey: EmbeddedValkey) -> Iterator[RedisBell]:
    bell = RedisBell(make_broker(valkey.url))
    yield bell
    bell.close()


@pytest.fixture(params=["real", "double"])
def bell(request: pytest.FixtureRequest) -> Bell:
    made: Bell = request.getfixturevalue("real") if request.param == "real" else CountingBell()
    return made


def test_every_ring_waits_in_its_own_queue(bell: Bell) -> None:
    bell.check()
    assert (bell.get_length(DOCUMENTS), bell.get_length(ANSWERS)) == (0, 0)
    bell.ring(DOCUMENTS)
    bell.ring(DOCUMENTS)
    bell.ring(ANSWERS)
    assert (bell.get_length(DOCUMENTS), bell.get_length(ANSWERS)) == (2, 1)


def ring(bell: Bell) -> None:
    bell.ring(DOCUMENTS)


def measure(bell: Bell) -> None:
    bell.get_length(DOCUMENTS)


def check(bell: Bell) -> None:
    bell.check()


@pytest.mark.parametrize("call", [ring, measure, check])
def test_a_queue_that_is_down_is_said_in_our_own_words(call: Callable[[Bell], None], valkey: EmbeddedValkey) -> None:
    bell = RedisBell(make_broker(valkey.url))
    bell.ring(DOCUMENTS)
    valkey.stop()
    with pytest.raises(QueueUnavailable):
        call(bell)
    with pytest.raises(QueueUnavailable):
        call(CountingBell(down=True))


def test_nobody_there_from_the_start_is_the_same() -> None:
    bell = RedisBell(make_broker("redis://127.0.0.1:1/0"))
    with pytest.raises(QueueUnavailable):
        bell.ring(DOCUMENTS)


@pytest.mark.timeout(60)
def test_a_frozen_queue_does_not_hold_its_caller_for_ever(real: RedisBell, valkey: EmbeddedValkey) -> None:
    real.ring(DOCUMENTS)
    with redis.Redis.from_url(valkey.url) as client:
        number = int(client.info("server")["process_id"])
    os.kill(number, signal.SIGSTOP)
    try:
        with pytest.raises(QueueUnavailable):
            real.ring(DOCUMENTS)
    finally:
        os.kill(number, signal.SIGCONT)
    real.ring(DOCUMENTS)
    assert real.get_length(DOCUMENTS) >= 2


def test_a_ring_wakes_a_worker_of_its_queue_only(real: RedisBell) -> None:
    woken = {queue: threading.Event() for queue in ACTORS}
    for queue, name in ACTORS.items():
        dramatiq.actor(broker=real.broker, queue_name=queue, actor_name=name)(woken[queue].set)
    worker = Worker(real.broker, queues={DOCUMENTS}, worker_threads=1)
    worker.start()
    try:
        real.ring(ANSWERS)
        real.ring(DOCUMENTS)
        assert woken[DOCUMENTS].wait(30)
        wait_until(lambda: real.get_length(DOCUMENTS) == 0, "the ring to be heard")
        assert real.get_length(ANSWERS) == 1
        assert not woken[ANSWERS].is_set()
    finally:
        worker.stop()
