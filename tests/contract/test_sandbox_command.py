"""``python -m sandbox`` as a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx

from tests.stack import ROOT


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_the_command_names_its_addresses_and_stops_when_asked() -> None:
    process = start("--port", "0", "--token", "7:COMMAND")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    url = lines[1].removeprefix("Chat page: ").strip().removesuffix("/")
    assert "stand-in for Telegram on this machine" in lines[0] and f"{url}/bot<token>/" in lines[2]
    assert not any("7:COMMAND" in line for line in lines), "the token would stand in a log"
    assert httpx.get(f"{url}/bot7:COMMAND/getMe").json()["result"]["id"] == 7
    assert "Socrate" in httpx.get(f"{url}/").text
    assert httpx.get(f"{url}/sandbox/static/chat.css").status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_the_command_fails_with_a_sentence_where_the_port_is_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start("--port", str(taken.getsockname()[1]))
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said.startswith("The sandbox cannot start: ") and said.count("\n") == 1


def test_the_command_refuses_a_token_without_the_bots_number() -> None:
    process = start("--port", "0", "--token", "secret")
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (
        1,
        "The sandbox cannot start: a token starts with the bot's number and a colon.\n",
    )
