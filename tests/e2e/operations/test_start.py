"""Socrate is started with right and wrong settings, and twice; it says what is missing, and stops without a trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from tests.stack import Stack, find_free_port, read_bytes, wait_until

NOWHERE = "http://127.0.0.1:1"
SECRET = "of-the-webhook"
NO_QUEUE = "redis://127.0.0.1:1/0"
PROC = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the system is looked at through /proc")
WRONG = {
    "TELEGRAM_BOT_TOKEN": "no-token-at-all",
    "PORT": "eighty-eighty",
    "DATABASE_URL": "mysql://clerk:open-sesame@host/socrate",
    "LOG_LEVEL": "VERBOSE",
    "QUOTA_MB": "-7531",
}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Socrate as ``make run`` starts it without a token."""
    ports = {"PORT": str(find_free_port()), "SANDBOX_PORT": str(find_free_port()), "TELEGRAM_BOT_TOKEN": ""}
    stack = Stack(tmp_path_factory.mktemp("start"), ports | {"TELEGRAM_WEBHOOK_SECRET": SECRET})
    stack.run("main", ["main.py", "--sandbox-without-token", "--worker"])
    try:
        wait_until(lambda: "Open the chat" in read_log(stack, "main"), "the addresses", stack.read_logs)
        yield stack
    finally:
        stack.stop()


def read_log(stack: Stack, name: str) -> str:
    return (stack.folder / f"{name}.log").read_text()


def run_to_its_end(folder: Path, settings: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run a program to its end; (exit code, everything it printed)."""
    stack = Stack(folder, settings)
    try:
        return stack.run("once", list(arguments)).wait(), read_log(stack, "once")
    finally:
        stack.stop()


def get_queue_pid(stack: Stack) -> int:
    with redis.Redis(unix_socket_path=str(stack.data / "valkey" / "valkey.sock")) as client:
        return int(client.info("server")["process_id"])


def list_listeners(port: int) -> set[str]:
    """The addresses, in hexadecimal as in /proc/net/tcp, on which a process listens to the port."""
    lines = read_bytes(Path("/proc/net/tcp")) + read_bytes(Path("/proc/net/tcp6"))
    return set(re.findall(rf": ([0-9A-F]+):{port:04X} [0-9A-F]+:0000 0A ", lines.decode()))


def test_a_start_without_a_token_names_both_ways_to_go_on(tmp_path: Path) -> None:
    code, said = run_to_its_end(tmp_path, {"TELEGRAM_BOT_TOKEN": ""}, "main.py")
    assert code == 2
    assert "TELEGRAM_BOT_TOKEN" in said and "@BotFather" in said and "python main.py --sandbox" in said
    assert "Traceback" not in said and not (tmp_path / "data").exists()


@pytest.mark.parametrize("program", ["main.py", "worker.py"])
def test_every_wrong_setting_is_named_without_its_value(tmp_path: Path, program: str) -> None:
    code, said = run_to_its_end(tmp_path, WRONG, program)
    assert code == 2
    assert sorted(line.split(":")[0] for line in said.splitlines()) == sorted(WRONG)
    assert not [value for value in WRONG.values() if value in said] and "open-sesame" not in said


def test_a_worker_alone_names_the_settings_that_it_needs(tmp_path: Path) -> None:
    code, said = run_to_its_end(tmp_path, {}, "worker.py")
    assert (code, said) == (2, "REDIS_URL is not set and no bot runs here: start main.py first, or set REDIS_URL.\n")
    code, said = run_to_its_end(tmp_path, {"TELEGRAM_BOT_TOKEN": "", "REDIS_URL": NO_QUEUE}, "worker.py")
    assert code == 2 and "TELEGRAM_BOT_TOKEN is not set" in said.splitlines()[-1]


def test_a_start_with_a_token_starts_no_sandbox(tmp_path: Path) -> None:
    ports = {"PORT": str(find_free_port()), "SANDBOX_PORT": str(find_free_port())}
    stack = Stack(tmp_path, ports | {"TELEGRAM_API_BASE_URL": NOWHERE, "REDIS_URL": NO_QUEUE})
    stack.run("main", ["main.py", "--sandbox-without-token"])
    try:
        wait_until(lambda: "Socrate is running" in read_log(stack, "main"), "the start", stack.read_logs)
        assert "andbox" not in read_log(stack, "main") and "Open the chat" not in read_log(stack, "main")
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{ports['SANDBOX_PORT']}/")
    finally:
        stack.stop()


def test_the_addresses_are_printed_and_served(ours: Stack) -> None:
    said = read_log(ours, "main")
    assert said.startswith("No TELEGRAM_BOT_TOKEN is set: starting the sandbox")
    addresses = re.findall(r"(?:Status page|Open the chat): (http://127\.0\.0\.1:\d+/)$", said, re.MULTILINE)
    assert [address.split(":")[2] for address in addresses] == [
        f"{ours.settings['PORT']}/",
        f"{ours.settings['SANDBOX_PORT']}/",
    ]
    for address in addresses:
        page = httpx.get(address, timeout=30)
        assert page.status_code == 200 and "<title>" in page.text
    health = f"http://127.0.0.1:{ours.settings['PORT']}/api/health"
    wait_until(lambda: httpx.get(health, timeout=30).json()["status"] == "healthy", "health", ours.read_logs)


@PROC
def test_no_process_shows_a_secret_in_its_environment(ours: Stack) -> None:
    health = f"http://127.0.0.1:{ours.settings['PORT']}/api/health"
    wait_until(lambda: httpx.get(health, timeout=30).json()["checks"]["worker"]["ok"], "workers", ours.read_logs)
    shown = {pid: read_bytes(Path(f"/proc/{pid}/environ")) for pid in ours.list_processes()}
    # The bot, the worker, its two processes, and the queue's server.
    assert len(shown) >= 5
    assert not [pid for pid, variables in shown.items() if SECRET.encode() in variables or b"1:SANDBOX" in variables]


@PROC
def test_the_health_checks_say_which_rights_a_reader_has(ours: Stack) -> None:
    health = f"http://127.0.0.1:{ours.settings['PORT']}/api/health"

    def read_detail() -> str:
        return str(httpx.get(health, timeout=30).json()["checks"]["reader"]["detail"])

    wait_until(lambda: "Locks: " in read_detail(), "the locks", ours.read_logs)


@PROC
def test_the_sandbox_listens_on_loopback_only(ours: Stack) -> None:
    assert list_listeners(int(ours.settings["SANDBOX_PORT"])) == {"0100007F"}


def test_the_data_folder_can_be_read_by_its_owner_only(ours: Stack) -> None:
    assert ours.data.stat().st_mode & 0o777 == 0o700


SECOND = {
    "the same again": ({}, 1, "is in use. Is another Socrate running?"),
    "the same data": ({"PORT": "0", "SANDBOX_PORT": "0"}, 2, "Another Socrate is running on this data folder"),
    "the same port": (
        {"TELEGRAM_BOT_TOKEN": "1:OTHER", "TELEGRAM_API_BASE_URL": NOWHERE, "REDIS_URL": NO_QUEUE},
        1,
        "is in use. Is another Socrate running?",
    ),
}


@pytest.mark.parametrize("case", SECOND)
def test_a_second_start_ends_with_a_sentence_and_changes_nothing(ours: Stack, tmp_path: Path, case: str) -> None:
    changed, expected, sentence = SECOND[case]
    queue = get_queue_pid(ours)
    settings = ours.settings | {"DATA_DIR": str(ours.data)} | changed
    code, said = run_to_its_end(tmp_path, settings, "main.py", "--sandbox-without-token", "--worker")
    assert code == expected and sentence in said.splitlines()[-1] and "Traceback" not in said
    assert get_queue_pid(ours) == queue
    assert httpx.get(f"http://127.0.0.1:{ours.settings['PORT']}/healthz", timeout=30).status_code == 200


@PROC
def test_stopping_leaves_no_process(ours: Stack) -> None:
    commands = b"".join(read_bytes(Path(f"/proc/{pid}/cmdline")) for pid in ours.list_processes())
    assert commands.count(b"main.py") == 1 and commands.count(b"worker.py") == 3 and b"unixsocket:" in commands
    assert ours.get("main").stop() == 0
    wait_until(lambda: not ours.list_processes(), "an end of all processes", ours.read_logs, 15)
    assert "child_killed" not in read_log(ours, "main")
