"""A document that kills every process that works on it harms no other document."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator

import pytest

from tests.chaos.poisoned.poison import FOLDER, POISON
from tests.driver import Sandbox
from tests.e2e.conftest import Meet
from tests.e2e.operations.test_breakdowns import count_words, find_workers, send_long
from tests.e2e.traces import list_scratch_files, query
from tests.e2e.words import READY_SECONDS
from tests.invariants import check_consistency
from tests.stack import ROOT, Stack, wait_until

NEIGHBOURS = ("Nora", "Nils")
GAVE_UP = "I could not read it in three attempts"


@pytest.fixture
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {"PYTHONPATH": f"{FOLDER}:{ROOT}", "DOCUMENTS_AT_ONCE": "4"}
    stack = Stack(tmp_path_factory.mktemp("poisoned"), settings)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def count_deaths(stack: Stack) -> int:
    """How many processes were killed that had documents in work."""
    log = (stack.folder / "main.log").read_text()
    return len(re.findall(r'"(?:child_died|suspects_ended)".*"code": -9', log))


def test_poison_fails_alone_after_its_own_attempts(poisoned: Stack) -> None:
    sandbox = Sandbox(poisoned.sandbox_url)
    neighbours = [sandbox.person(name) for name in NEIGHBOURS]
    for neighbour in neighbours:
        send_long(neighbour, f"{neighbour.name}.txt")
    mallory = sandbox.person("Mallory")
    mallory.send_file(POISON.encode(), "poison.txt")
    mallory.wait_for(GAVE_UP, READY_SECONDS)
    for neighbour in neighbours:
        neighbour.wait_for(f"{neighbour.name}.txt is ready", READY_SECONDS)
    # One while the others were in work as well, and its three attempts.
    assert count_deaths(poisoned) == 4, poisoned.read_logs()
    assert query(poisoned, "SELECT attempts, suspect FROM documents WHERE state = 'failed'") == [(4, 1)]
    assert count_words(mallory, GAVE_UP) == 1
    assert [count_words(neighbour, "is ready") for neighbour in neighbours] == [1, 1]
    wait_until(lambda: not list_scratch_files(poisoned), "an empty scratch directory", poisoned.read_logs)
    check_consistency(poisoned)
    sandbox.close()


def test_death_of_the_worker_is_not_counted_against_a_suspect_beside_it(meet: Meet, stack: Stack) -> None:
    """The suspect is in work in a process of its own then, which puts it back."""
    nora = meet("Nora")
    sent = send_long(nora, "twice.txt")
    kill_workers(stack)
    known = count_processes(stack)
    wait_until(lambda: count_processes(stack) > known, "a process for the suspect", stack.read_logs)
    wait_until(lambda: get_attempts(stack, "twice.txt") == ("working", 1), "its attempt", nora.describe)
    kill_workers(stack)
    nora.wait_for("twice.txt is ready", READY_SECONDS, after=sent)
    assert get_attempts(stack, "twice.txt") == ("ready", 1)
    assert count_words(nora, "is ready") == 1


def kill_workers(stack: Stack) -> None:
    for pid in find_workers(stack, "documents"):
        os.kill(pid, signal.SIGKILL)


def count_processes(stack: Stack) -> int:
    """How many processes for suspects were started."""
    return (stack.folder / "main.log").read_text().count("suspects_started")


def get_attempts(stack: Stack, name: str) -> tuple[str, int]:
    ((state, attempts),) = query(stack, "SELECT state, attempts FROM documents WHERE name = ?", name)
    return str(state), int(attempts)
