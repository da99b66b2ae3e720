"""The same story with two client libraries, by polling and by webhook: the sandbox must suit all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

import httpx
import pytest
from aiohttp import web

from tests.contract.test_sandbox_aiogram import AiogramBot
from tests.contract.test_sandbox_ptb import PtbBot
from tests.driver import TOKEN, LoopThread, Sandbox, open_sandbox


class StoryBot(Protocol):
    """A bot that greets, changes messages by buttons, and sends files back reversed."""

    async def start(self, *, webhook: bool) -> None: ...
    async def stop(self) -> None: ...


LIBRARIES: dict[str, Callable[[str], StoryBot]] = {"ptb": PtbBot, "aiogram": AiogramBot}


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    opened = LoopThread()
    yield opened
    opened.close()


@pytest.fixture
def sandbox(loop: LoopThread) -> Iterator[Sandbox]:
    with open_sandbox(loop) as opened:
        yield opened


@pytest.fixture(params=[(library, way) for library in LIBRARIES for way in ("polling", "webhook")], ids="-".join)
def bot(request: pytest.FixtureRequest, loop: LoopThread, sandbox: Sandbox) -> Iterator[StoryBot]:
    library, way = request.param

    async def make() -> StoryBot:
        made = LIBRARIES[library](sandbox.url)
        await made.start(webhook=way == "webhook")
        return made

    opened = loop.run(make())
    yield opened
    loop.run(opened.stop())


@pytest.mark.usefixtures("bot")
def test_a_person_is_greeted_and_taps_buttons_that_edit_and_delete(sandbox: Sandbox) -> None:
    alice = sandbox.person("Alice")
    alice.say("/start")
    greeting = alice.wait_for("welcome", timeout=10)
    assert greeting["html"] == "<b>Hi</b> Alice 🎈 <i>and <u>welcome</u></i>"
    assert alice.buttons(greeting) == ["Change", "Remove", "Shout"]
    assert alice.tap("Change") == {"text": "do:change done", "show_alert": False}
    assert alice.last_bot_message() | {"edit_date": 0} == greeting | {
        "text": "changed",
        "html": "<code>changed</code>",
        "entities": [{"type": "code", "offset": 0, "length": 7}],
        "edits": 1,
        "edit_date": 0,
    }
    assert alice.tap("Shout") == {"text": "do:shout done", "show_alert": True}
    alice.tap("Remove")
    assert [message["out"] for message in alice.messages()] == [True]
    kinds = [event["kind"] for event in alice.transcript()]
    assert kinds == ["message", "message", "edit", "callback_answer", "callback_answer", "delete", "callback_answer"]


@pytest.mark.usefixtures("bot")
def test_a_document_is_sent_back_reversed(sandbox: Sandbox) -> None:
    alice = sandbox.person("Alice")
    question = alice.send_file(b"abc\x00def", "für Élise 🎈.bin", caption="look")
    answer = alice.wait_for("bytes of", timeout=10)
    assert answer["html"] == "<b>7</b> bytes of für Élise 🎈.bin"
    assert answer["document"]["file_name"] == "back.txt"
    assert answer["reply_to_message"]["message_id"] == question
    assert sandbox.download(answer) == b"fed\x00cba"
    alice.send_file(b"x", None)
    assert alice.wait_for("an unnamed file", timeout=10)


@pytest.mark.usefixtures("bot")
def test_an_edit_reaches_the_bot_with_the_new_text(sandbox: Sandbox) -> None:
    alice = sandbox.person("Alice")
    alice.change(alice.say("frist"), "first")
    assert alice.wait_for("now: first", timeout=10)


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_update_that_a_killed_bot_did_not_confirm_goes_to_the_next(
    library: str, sandbox: Sandbox, loop: LoopThread
) -> None:
    alice = sandbox.person("Alice")
    alice.say("/start")
    unconfirmed = httpx.post(f"{sandbox.url}/bot{TOKEN}/getUpdates", json={"timeout": 5}).json()["result"]
    assert [update["message"]["text"] for update in unconfirmed] == ["/start"]

    async def make() -> StoryBot:
        made = LIBRARIES[library](sandbox.url)
        await made.start(webhook=False)
        return made

    bot = loop.run(make())
    alice.wait_for("welcome", timeout=10)
    loop.run(bot.stop())
    assert httpx.post(f"{sandbox.url}/bot{TOKEN}/getUpdates").json()["result"] == []


def test_an_update_is_pushed_until_the_webhook_accepts_it(sandbox: Sandbox, loop: LoopThread) -> None:
    received: list[dict[str, object]] = []

    async def receive(request: web.Request) -> web.Response:
        received.append(await request.json() | {"secret": request.headers.get("X-Telegram-Bot-Api-Secret-Token")})
        return web.Response(status=500 if len(received) == 1 else 200)

    async def listen() -> web.AppRunner:
        site = web.Application()
        site.router.add_post("/", receive)
        runner = web.AppRunner(site)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    runner = loop.run(listen())
    call = {"url": f"http://127.0.0.1:{runner.addresses[0][1]}/", "secret_token": "s"}
    httpx.post(f"{sandbox.url}/bot{TOKEN}/setWebhook", json=call)
    sandbox.person("Alice").say("hello")
    deadline = time.monotonic() + 10
    while len(received) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    loop.run(runner.cleanup())
    assert [update["secret"] for update in received] == ["s", "s"]
    assert received[0] == received[1]
    info = httpx.get(f"{sandbox.url}/bot{TOKEN}/getWebhookInfo").json()["result"]
    assert info["pending_update_count"] == 0
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
