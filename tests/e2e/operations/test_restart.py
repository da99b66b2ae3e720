"""Socrate on one machine is killed or stopped while a document is read, and goes on when it is started again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis

from tests.documents import make_pdf
from tests.driver import Person, Sandbox
from tests.e2e.traces import query
from tests.invariants import check_consistency, check_delivered_once, check_no_secret
from tests.stack import Stack, read_bytes, wait_until
from worker import SENDING_SECONDS

# Enough pages that a fast machine is still reading them when it is stopped.
PAGES = 120
# As often as a refused call is made.
CALLS = 3
SENTENCE = "On page {page} the harbour master counts {page} grey ships and {page} white gulls before the fog comes in. "


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    stack.start()
    yield stack
    stack.stop()


def make_slow_answer(stack: Stack, delay: int) -> Person:
    """Let a person ask whose first message can't be sent; return while Telegram takes ``delay`` seconds to answer."""
    sandbox = Sandbox(stack.sandbox_url)
    alice = sandbox.person("Alice")
    alice.send_file(b"The keys of the archive are kept by Ludmila.", "keys.txt")
    alice.wait_for("keys.txt is ready", 180)
    sandbox.fault(method="sendMessage", chat_id=alice.id, times=CALLS, error_code=502)
    sandbox.fault(method="sendMessage", chat_id=alice.id, times=1, delay=delay)
    alice.say("Who keeps the keys?")
    wait_until(lambda: count_owed(stack, "lease_until IS NOT NULL") == 1, "the send of the answer", stack.read_logs)
    return alice


def count_owed(stack: Stack, condition: str) -> int:
    [(count,)] = query(stack, f"SELECT count(*) FROM outbox WHERE kind = 'question' AND {condition}")
    return int(count)


def make_book(number: int) -> bytes:
    return make_pdf([f"Book {number}. {SENTENCE.format(page=page) * 12}" for page in range(1, PAGES + 1)])


def list_workers(stack: Stack) -> list[int]:
    pids = stack.list_processes()
    return [pid for pid in pids if b"worker.py" in read_bytes(Path(f"/proc/{pid}/cmdline"))]


def get_queue_pid(stack: Stack) -> int:
    client = redis.Redis(unix_socket_path=str(stack.data / "valkey" / "valkey.sock"))
    return int(client.info("server")["process_id"])


def restart(stack: Stack, number: int) -> None:
    main = stack.get("main")
    main.stop(number)
    wait_until(lambda: not list_workers(stack), "the end of all workers", stack.read_logs)
    stack.processes.remove(main)
    stack.run("main", ["main.py"])


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are looked up in /proc")
def test_a_document_is_finished_after_a_kill_and_after_a_stop(stack: Stack) -> None:
    alice = Sandbox(stack.sandbox_url).person("Alice")
    queue = get_queue_pid(stack)
    for number, end in enumerate((signal.SIGKILL, signal.SIGTERM)):
        sent = alice.send_file(make_book(number), f"book {number}.pdf")
        alice.wait_for("of ", 180, after=sent)
        restart(stack, end)
        if end == signal.SIGKILL:
            assert get_queue_pid(stack) == queue
        alice.wait_for(f"book {number}.pdf is ready", 240, after=sent)
    assert check_delivered_once([alice]) == 2
    assert 'socrate_documents{state="ready"} 2.0' in httpx.get(f"{stack.web_url}/metrics", timeout=30).text
    check_consistency(stack)
    check_no_secret(stack)


@pytest.mark.parametrize("delay", [3, 12], ids=["waited for", "cut off"])
def test_an_answer_that_is_under_way_at_a_stop_is_told_once(stack: Stack, delay: int) -> None:
    alice = make_slow_answer(stack, delay)
    restart(stack, signal.SIGTERM)
    alice.wait_for("Ludmila", 120)
    answers = [message for message in alice.messages() if "Ludmila" in str(message.get("text")) and not message["out"]]
    assert len(answers) == 1, alice.describe()
    wait_until(lambda: count_owed(stack, "message_id IS NOT NULL") == 1, "the record", stack.read_logs)
    assert ("delivery_cut_off" in stack.read_logs()) == (delay > SENDING_SECONDS)
    check_consistency(stack)
