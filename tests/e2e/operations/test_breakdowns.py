"""Processes are killed and stopped while a document is read; it is finished all the same, and reported once."""

from __future__ import annotations

import os
import re
import signal
import subprocess

from tests.driver import Person, read
from tests.e2e.conftest import Meet
from tests.e2e.traces import list_rows, wait_for_nothing_left
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS, make_long_text, make_town
from tests.servers.queue_server import QueueServer
from tests.stack import Stack, wait_until

# A quiet machine embeds about forty a second: long enough to be seen and interrupted.
BUSY_PASSAGES = 200
EMBEDDING = "Learning what the passages mean"


def send_long(person: Person, name: str, passages: int = BUSY_PASSAGES) -> int:
    """Send a document that takes some seconds; return while a worker is embedding it."""
    sent = person.send_file(make_long_text(passages), name)
    person.wait_for(EMBEDDING, READY_SECONDS, after=sent)
    return sent


def count_words(person: Person, words: str) -> int:
    """How many messages and edits to the person contain ``words``."""
    return sum(words in read(event["message"]) for event in person.transcript() if "message" in event)


def list_own(person: Person) -> set[int]:
    return {message["message_id"] for message in person.messages() if not message["out"]}


def find_workers(stack: Stack, queue: str) -> list[int]:
    """Process ids of this stack's workers for the queue, from the log of their supervisor."""
    log = (stack.folder / "main.log").read_text()
    pids = [int(pid) for pid in re.findall(rf'"child": "{queue}", "pid": (\d+)', log)]
    return [pid for pid in pids if is_alive(pid)]


def is_alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_a_document_is_finished_after_its_worker_is_killed(meet: Meet, stack: Stack) -> None:
    alice = meet("Alice")
    send_long(alice, "killed.txt")
    for pid in find_workers(stack, "documents"):
        os.kill(pid, signal.SIGKILL)
    alice.wait_for("killed.txt is ready", READY_SECONDS)
    assert count_words(alice, "is ready") == 1 and len(list_own(alice)) == 1, alice.describe()
    asked = alice.say(f"Where is the tower of {make_town(17)}?")
    alice.wait_for(make_town(17), ANSWER_SECONDS, after=asked)


def test_a_document_is_finished_after_a_restart(meet: Meet, stack: Stack) -> None:
    alice = meet("Alice")
    send_long(alice, "stopped.txt")
    main = stack.get("main")
    main.stop()
    assert [state for _, state in list_rows(stack, alice)] == ["queued"]
    main.start()
    stack.wait_healthy()
    alice.wait_for("stopped.txt is ready", READY_SECONDS)
    assert count_words(alice, "is ready") == 1 and len(list_own(alice)) == 1, alice.describe()


def test_a_document_is_finished_while_its_owner_blocks_the_bot(meet: Meet, stack: Stack) -> None:
    dora = meet("Dora")
    send_long(dora, "blocked.txt")
    dora.block()
    wait_until(
        lambda: [state for _, state in list_rows(stack, dora)] == ["ready"], "ready", dora.describe, READY_SECONDS
    )
    dora.unblock()
    asked = dora.say(f"Where is the tower of {make_town(5)}?")
    dora.wait_for(make_town(5), ANSWER_SECONDS, after=asked)


def test_cancelling_a_document_in_work_leaves_no_trace(meet: Meet, stack: Stack) -> None:
    alice = meet("Alice")
    send_long(alice, "unwanted.txt")
    alice.tap("Cancel")
    alice.wait_for("unwanted.txt was cancelled.", READY_SECONDS)
    wait_for_nothing_left(stack, alice)
    assert not alice.buttons(alice.wait_for("unwanted.txt was cancelled."))


def test_deleting_a_document_in_work_leaves_no_trace(meet: Meet, stack: Stack) -> None:
    alice = meet("Alice")
    sent = send_long(alice, "regretted.txt")
    said = alice.say("/delete")
    alice.tap("regretted.txt", alice.wait_for("Which document shall I delete?", after=said))
    alice.tap("Yes, delete it", alice.wait_for("This cannot be undone", after=said))
    alice.wait_for("regretted.txt is deleted.", after=said)
    alice.wait_for("regretted.txt was cancelled.", READY_SECONDS, after=sent)
    wait_for_nothing_left(stack, alice)
    progress = alice.wait_for("regretted.txt was cancelled.", after=sent)
    assert not alice.buttons(progress) and count_words(alice, "is ready") == 0


def test_cancelling_a_waiting_document_leaves_no_trace(meet_far: Meet, far_stack: Stack) -> None:
    """It is of the same person as the one in work, which would make room for a document of somebody else."""
    alice = meet_far("Alice")
    send_long(alice, "first.txt")
    sent = alice.send_file(b"The second has to wait for its turn.", "second.txt")
    waiting = alice.wait_for("Next in line.", READY_SECONDS, after=sent)
    said = alice.say("/status")
    alice.wait_for("second.txt – waiting, number 1 in the queue", after=said)
    alice.tap("Cancel", waiting)
    alice.wait_for("second.txt was cancelled.")
    wait_until(lambda: len(list_rows(far_stack, alice)) == 1, "nothing left of the second", alice.describe)
    alice.say("/cancel")
    alice.wait_for("first.txt was cancelled. Nothing of it is kept.", READY_SECONDS)
    wait_for_nothing_left(far_stack, alice)


def test_a_document_is_kept_and_finished_while_the_queue_is_down(
    meet_far: Meet, far_stack: Stack, queue_server: QueueServer
) -> None:
    alice = meet_far("Alice")
    queue_server.stop()
    try:
        alice.send_file(b"The ferry to Kalmar leaves at noon from the northern pier.", "ferry.txt")
        alice.wait_for("no need to send it again", ANSWER_SECONDS)
        assert [state for _, state in list_rows(far_stack, alice)] == ["queued"]
    finally:
        queue_server.start()
    alice.wait_for("ferry.txt is ready", READY_SECONDS)
    assert count_words(alice, "is ready") == 1
    far_stack.wait_healthy()
