"""The bot is killed while people write: every message is handled, and few are handled twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.driver import Person, Sandbox
from tests.invariants import count_replies
from tests.stack import TOKEN, Stack, find_free_port, wait_until

PEOPLE, ROUNDS, KILLS = 6, 10, 3


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """The bot alone, with a queue that cannot be reached; no message here needs it."""
    stack = Stack(tmp_path, {"REDIS_URL": "redis://127.0.0.1:1/0"})
    port, web_port = find_free_port(), find_free_port()
    stack.sandbox_url, stack.web_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{web_port}"
    stack.settings |= {"PORT": str(web_port), "TELEGRAM_API_BASE_URL": stack.sandbox_url}
    stack.run("sandbox", ["-m", "sandbox", "--port", str(port), "--token", TOKEN])
    wait_until(lambda: httpx.get(f"{stack.sandbox_url}/sandbox/people").status_code == 200, "the sandbox")
    stack.run("main", ["main.py"])
    yield stack
    stack.stop()


def kill_and_start(stack: Stack, number: int = signal.SIGKILL) -> None:
    main = stack.get("main")
    main.stop(number)
    stack.processes.remove(main)
    stack.run("main", ["main.py"])


def wait_for_replies(stack: Stack, people: list[Person], count: int) -> None:
    wait_until(lambda: len(count_replies(people)) >= count, f"{count} answers", stack.read_logs)


def test_a_bot_that_is_killed_while_people_write_loses_no_message(stack: Stack) -> None:
    sandbox = Sandbox(stack.sandbox_url)
    people = [sandbox.person(f"Person {number}") for number in range(PEOPLE)]
    sent: list[tuple[int, int]] = []
    wait_until(lambda: httpx.get(f"{stack.web_url}/healthz").status_code == 200, "the bot", stack.read_logs)
    for round_number in range(ROUNDS):
        sent += [(person.id, person.send_kind("photo")) for person in people]
        if round_number % (ROUNDS // KILLS) == 1:
            wait_for_replies(stack, people, len(sent) // 2)
            kill_and_start(stack)
    wait_until(lambda: set(count_replies(people)) == set(sent), "every answer", stack.read_logs)
    repeated = sum(count_replies(people).values()) - len(sent)
    # Replies that were sent before the update was stored as done: one for each kill, on a busy machine two.
    assert repeated <= 2 * KILLS
    print(f"PASS kill_bot n={len(sent)} lost=0 twice={repeated}")


def test_updates_come_by_webhook_with_an_address_and_by_polling_without(stack: Stack) -> None:
    sandbox = Sandbox(stack.sandbox_url)
    alice = sandbox.person("Alice")
    first = alice.say("/start")
    alice.wait_for("Socrate", after=first)
    stack.settings["TELEGRAM_WEBHOOK_URL"] = stack.web_url
    kill_and_start(stack, signal.SIGTERM)
    second = alice.say("/help")
    alice.wait_for("/docs", after=second)
    methods = [call["method"] for call in sandbox.calls()]
    assert "getUpdates" not in methods[methods.index("setWebhook") :]
    del stack.settings["TELEGRAM_WEBHOOK_URL"]
    kill_and_start(stack, signal.SIGTERM)
    third = alice.say("/help")
    alice.wait_for("/docs", after=third)
