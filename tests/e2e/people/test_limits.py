"""Greta exceeds the limits and reads when to come again; Hanna is not affected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.documents import make_pdf
from tests.driver import Person, Sandbox, read
from tests.e2e.conftest import run_stack
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.invariants import check_consistency
from tests.stack import Stack

LIMITS = {"QUESTIONS_PER_MINUTE": "2", "UPLOADS_PER_HOUR": "2", "QUOTA_MB": "1", "MAX_FILE_MB": "1"}
QUESTION = "Who keeps the lighthouse?"
MEGABYTE = 1024 * 1024


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    yield from run_stack(Stack(tmp_path_factory.mktemp("limits"), dict(LIMITS)))


def make_page(keeper: str) -> bytes:
    return make_pdf([f"The lighthouse of Torebury is kept by an old sailor named {keeper}."])


def make_ready(person: Person, keeper: str) -> None:
    sent = person.send_file(make_page(keeper), f"{keeper}.pdf")
    person.wait_for(f"{keeper}.pdf is ready", READY_SECONDS, after=sent)


def test_greta_exceeds_each_limit_and_reads_when_to_come_again(stack: Stack) -> None:
    sandbox = Sandbox(stack.sandbox_url)
    greta, hanna = sandbox.person("Greta"), sandbox.person("Hanna")
    make_ready(greta, "Anselm")

    large = greta.send_file(b"x" * MEGABYTE * 2, "large.txt")
    greta.wait_for("the limit is 1 MB", after=large)
    full = greta.send_file(b"word " * (MEGABYTE // 5), "full.txt")
    greta.wait_for("Delete something with /docs", after=full)

    make_ready(greta, "Bertram")
    third = greta.send_file(make_page("Clemens"), "Clemens.pdf")
    greta.wait_for("You sent 2 documents within an hour", after=third)

    for _ in range(3):
        asked = greta.say(QUESTION)
    refusal = greta.wait_for("You asked 2 questions within a minute", ANSWER_SECONDS, after=asked)
    assert "Ask again in" in read(refusal)

    make_ready(hanna, "Clemens")
    asked = hanna.say(QUESTION)
    hanna.wait_for("Clemens", ANSWER_SECONDS, after=asked)
    check_consistency(stack)
