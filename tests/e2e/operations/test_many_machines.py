"""As on many machines: PostgreSQL, Valkey, separate workers, and two bots behind one address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from tests.driver import LoopThread, Sandbox
from tests.e2e.crowd import EACH, PEOPLE, check_answers, check_not_mixed_up, send_all, wait_ready
from tests.invariants import check_consistency, check_delivered_once, count_replies
from tests.servers.programs import PostgresServer
from tests.servers.queue_server import QueueServer
from tests.stack import Stack, find_free_port, wait_until

PHOTOS = 4


class Balancer:
    """One address for several bots, which get requests in turn; ``passed`` counts those that each answered with 200."""

    def __init__(self) -> None:
        self.bots: list[str] = []
        self.passed: Counter[str] = Counter()
        self.port = find_free_port()
        self._loop = LoopThread()

    def start(self) -> None:
        self._loop.run(self._start())

    def stop(self) -> None:
        self._loop.run(self._runner.cleanup())
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _pass_on(self, request: web.Request) -> web.Response:
        self.bots.append(bot := self.bots.pop(0))
        body = await request.read()
        async with (
            ClientSession() as session,
            session.post(f"{bot}{request.path}", data=body, headers=request.headers) as answer,
        ):
            self.passed[bot] += answer.ok
            return web.Response(status=answer.status)


@pytest.fixture
def balancer() -> Iterator[Balancer]:
    balancer = Balancer()
    balancer.start()
    yield balancer
    balancer.stop()


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[QueueServer]:
    queue = QueueServer(tmp_path)
    queue.start()
    yield queue
    queue.stop()


@pytest.fixture
def stack(tmp_path: Path, postgres: PostgresServer, queue: QueueServer, balancer: Balancer) -> Iterator[Stack]:
    settings = {
        "DATABASE_URL": postgres.make_database(),
        "REDIS_URL": queue.url,
        "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{balancer.port}",
    }
    stack = Stack(tmp_path, settings)
    try:
        stack.start(workers=True)
        balancer.bots.append(stack.web_url)
        stack.settings["PORT"] = str(find_free_port())
        stack.web_url = f"http://127.0.0.1:{stack.settings['PORT']}"
        stack.run("main_two", ["main.py"])
        stack.wait_healthy()
        balancer.bots.append(stack.web_url)
        yield stack
    finally:
        stack.stop()


def test_two_bots_on_one_database_mix_nothing_up_and_reply_once(stack: Stack, balancer: Balancer) -> None:
    sandbox = Sandbox(stack.sandbox_url)
    people = [sandbox.person(f"Person {number}") for number in range(PEOPLE)]
    send_all(people)
    photos = {(person.id, person.send_kind("photo")) for person in people for _ in range(PHOTOS)}
    wait_ready(people)
    wait_until(lambda: photos <= set(count_replies(people)), "every answer", stack.read_logs)
    check_answers(people[0], 0)
    check_not_mixed_up(people)
    replies = count_replies(people)
    assert {replies[photo] for photo in photos} == {1}
    assert check_delivered_once(people) == PEOPLE * EACH
    assert len(balancer.passed) == 2 and min(balancer.passed.values()) > PHOTOS
    check_consistency(stack)
    sandbox.close()
