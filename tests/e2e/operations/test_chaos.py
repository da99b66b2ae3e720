"""Short versions of chaos scenarios: a worker is killed, the queue is emptied, calls to Telegram fail."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.consistency import check_consistency
from tests.chaos.failures.queue_broken import connect
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.processes import send
from tests.chaos.recount import count_documents
from tests.chaos.scene import END_SECONDS, Scene, open_scene
from tests.driver import Sandbox
from tests.e2e.conftest import Meet
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.stack import wait_until

EMBEDDING = "SELECT id FROM documents WHERE state = 'working' AND stage IN ('cutting', 'embedding')"
LOST = {"drop": True}
CLOSED = {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with open_scene(Plan(tmp_path, quick=True), "chaos") as scene:
        yield scene


def test_each_document_is_reported_once_whatever_breaks(scene: Scene) -> None:
    people = scene.meet(3)
    for fault in ({"error_code": 502, "html": "<h1>Bad Gateway</h1>"}, {"drop": True, "after_effect": True}):
        scene.sandbox.fault(method="*", probability=0.05, seed=1, **fault)
    for person in people:
        scene.send(person, paragraphs=40)
    wait_until(lambda: bool(scene.query(EMBEDDING)), "work under way", scene.stack.read_logs, END_SECONDS)
    for worker in scene.list_workers():
        send(worker.pid, signal.SIGKILL)
    for person in people:
        scene.send(person)
    connect(scene).flushall()
    scene.wait_ended()
    scene.sandbox.clear_faults()
    outcome = Outcome("in short")
    count_documents(scene, outcome)
    check_consistency(scene, outcome)
    assert outcome.passed, [outcome.render(), *outcome.problems]


@pytest.mark.parametrize("fault", [LOST, CLOSED], ids=["lost", "closed"])
def test_a_file_and_a_question_are_processed_though_the_first_reply_is_lost(
    meet: Meet, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    alice = meet("Alice")
    lost = {"method": "sendMessage", "chat_id": alice.id, "times": 1, **fault}
    sandbox.fault(**lost)
    sandbox.fault(method="getFile", times=1, error_code=429, retry_after=1)
    alice.send_file(b"The walrus of Wendelin sleeps on the third floe.", "walrus.txt")
    alice.wait_for("walrus.txt is ready", READY_SECONDS)
    sandbox.fault(**lost)
    asked = alice.say("Where does the walrus of Wendelin sleep?")
    alice.wait_for("third floe", ANSWER_SECONDS, after=asked)
    sandbox.clear_faults()
