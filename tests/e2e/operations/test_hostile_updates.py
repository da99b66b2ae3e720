"""A stranger's broken updates are stored and set apart, and Bob is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from db.engine import Database
from tests.driver import Sandbox
from tests.rows import count_dead_letters
from tests.servers.programs import PostgresServer
from tests.stack import TOKEN, Stack, find_free_port, wait_until

STRANGER = 6001
# Written into texts in place of the id that the sandbox gives.
ID = "UPDATE_ID"
CHAT = {"id": STRANGER, "type": "private", "first_name": "Mallory"}
SENDER = {"id": STRANGER, "is_bot": False, "first_name": "Mallory", "language_code": "en"}


def make_update(**message: Any) -> str:
    """The text of an update with this message; fields that are None are left out."""
    fields = {"message_id": 1, "date": 1_700_000_000, "chat": CHAT, "from": SENDER, "text": "hello"} | message
    given = {name: value for name, value in fields.items() if value is not None}
    return json.dumps({"update_id": ID, "message": given}).replace(f'"{ID}"', ID)


HOSTILE = {
    "no date": make_update(date=None),
    "a date after the end of time": make_update(date=10**20),
    "a date that is infinite": make_update(date=0).replace('"date": 0', '"date": 1e999'),
    "a chat with an id of 65 bits": make_update(chat=CHAT | {"id": 2**65}, **{"from": SENDER | {"id": 2**65}}),
    "a message that is a text": f'{{"update_id": {ID}, "message": "hello"}}',
    "a kind that nobody knows": f'{{"update_id": {ID}, "telepathy": {{"from": {json.dumps(SENDER)}}}}}',
    "no update id": '{"message": {"text": "who?"}}',
    "an update id of 65 bits": f'{{"update_id": {2**65}, "message": 5}}',
    "no object": '"hello"',
    "nested too deeply": f'{{"update_id": {ID}, "message": {"[" * 100_000}{"]" * 100_000}}}',
    "5 MB of text": make_update(text="x" * 5_000_000),
}
# These are answered like any other message.
ODD = {
    "a number of 5000 digits": make_update(message_id=1).replace('"message_id": 1', f'"message_id": {"9" * 5000}'),
    "a message id of 65 bits": make_update(message_id=2**65),
    "NUL characters": make_update(text="a\x00b", chat=CHAT | {"first_name": "\x00"}),
    "half a surrogate pair": make_update(text="hello").replace("hello", "\\ud83d hello"),
    "a name with both": make_update(**{"from": SENDER | {"first_name": "\x00\ud800"}}),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'socrate.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make_database()


@pytest.fixture(params=["polling", "webhook"])
def stack(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Stack]:
    """The bot alone, with a queue that cannot be reached; no message here needs it."""
    stack = Stack(tmp_path, {"REDIS_URL": "redis://127.0.0.1:1/0", "DATABASE_URL": database_url})
    port, web_port = find_free_port(), find_free_port()
    stack.sandbox_url, stack.web_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{web_port}"
    stack.settings |= {"PORT": str(web_port), "TELEGRAM_API_BASE_URL": stack.sandbox_url}
    if request.param == "webhook":
        stack.settings["TELEGRAM_WEBHOOK_URL"] = stack.web_url
    stack.run("sandbox", ["-m", "sandbox", "--port", str(port), "--token", TOKEN])
    wait_until(lambda: httpx.get(f"{stack.sandbox_url}/sandbox/people").status_code == 200, "the sandbox")
    stack.run("main", ["main.py"])
    yield stack
    stack.stop()


def find_check(stack: Stack, name: str) -> dict[str, Any]:
    check: dict[str, Any] = httpx.get(f"{stack.web_url}/healthz", timeout=30).json()["checks"][name]
    return check


def test_bob_is_answered_behind_the_broken_updates_of_a_stranger(stack: Stack, database_url: str) -> None:
    sandbox = Sandbox(stack.sandbox_url)
    sandbox.person("Mallory", id=STRANGER)
    first = sandbox.person("Alice")
    first.wait_for("/docs", after=first.say("/help"))
    # Nobody can be answered who is not named.
    nobody = make_update(chat=None, **{"from": None})
    for texts in ([*HOSTILE.values(), *ODD.values(), nobody], *([one] for one in HOSTILE.values())):
        # A new Bob each time, because a chat gets one message a second. `make chaos` measures how long he waits.
        bob = sandbox.person("Bob")
        sandbox.post("updates", {"texts": texts})
        bob.wait_for("/docs", after=bob.say("/help"))
    database = Database(database_url)
    expected = 2 * len(HOSTILE) - len(REPEATED)
    wait_until(lambda: count_dead_letters(database) == expected, "the dead letters", stack.read_logs, 20)
    database.close()
    assert str(expected) in find_check(stack, "updates")["detail"]
    assert find_check(stack, "telegram")["ok"] and find_check(stack, "loops")["ok"]


# Without an id of their own, two updates with the same text are one.
REPEATED = {"no update id", "an update id of 65 bits", "no object"}


def test_odd_characters_are_answered(stack: Stack) -> None:
    sandbox = Sandbox(stack.sandbox_url)
    mallory = sandbox.person("Mallory", id=STRANGER)
    mallory.wait_for("/docs", after=mallory.say("/help"))
    for name, odd in ODD.items():
        before = mallory.last_bot_message()["message_id"]
        sandbox.post("updates", {"texts": [odd]})
        assert mallory.wait_for(lambda _: True, 10, after=before), name


def test_a_refused_token_shows_and_the_bot_recovers(stack: Stack) -> None:
    sandbox = Sandbox(stack.sandbox_url)
    bob = sandbox.person("Bob")
    bob.wait_for("/docs", after=bob.say("/help"))
    for method in ("getUpdates", "getWebhookInfo"):
        sandbox.fault(method=method, error_code=401)
    refused = "Telegram refuses the token."
    wait_until(lambda: find_check(stack, "telegram")["detail"] == refused, "the refusal", stack.read_logs, 60)
    assert httpx.get(f"{stack.web_url}/healthz", timeout=30).json()["status"] == "degraded"
    sent = bob.say("/help")
    sandbox.clear_faults()
    bob.wait_for("/docs", 40, after=sent)
    wait_until(lambda: find_check(stack, "telegram")["ok"], "health", stack.read_logs, 40)


def test_the_bot_goes_on_after_the_table_of_updates_was_away(stack: Stack, database_url: str) -> None:
    sandbox = Sandbox(stack.sandbox_url)
    bob = sandbox.person("Bob")
    bob.wait_for("/docs", after=bob.say("/help"))
    database = Database(database_url)
    rename(database, "updates", "away")
    sent = bob.say("/help")
    wait_until(lambda: "OperationalError" in stack.read_logs() or "UndefinedTable" in stack.read_logs(), "the failure")
    assert httpx.get(f"{stack.web_url}/healthz", timeout=30).json()["status"] == "degraded"
    rename(database, "away", "updates")
    database.close()
    bob.wait_for("/docs", 40, after=sent)


def rename(database: Database, old: str, new: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
