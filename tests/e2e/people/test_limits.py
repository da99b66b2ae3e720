"""Greta exceeds the limits and reads when to come again; Hanna is not affected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import make_docx, make_pdf
from tests.driver import Message, Person, Sandbox, read
from tests.e2e.conftest import run_stack
from tests.e2e.traces import list_files, wait_for_nothing_left
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.invariants import check_consistency
from tests.stack import Stack

LIMITS = {"QUESTIONS_PER_MINUTE": "2", "UPLOADS_PER_HOUR": "2", "QUOTA_MB": "1", "MAX_FILE_MB": "1"}
QUESTION = "Who keeps the lighthouse?"
MEGABYTE = 1024 * 1024
# A small file of much text: DOCX compresses what repeats.
HEAVY = ["The keys of the lighthouse are returned within three days, says the lease, in its article {0}. " * 9] * 400


@pytest.fixture
def stack(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stack]:
    yield from run_stack(Stack(tmp_path, LIMITS | getattr(request, "param", {})))


def make_page(keeper: str) -> bytes:
    return make_pdf([f"The lighthouse of Torebury is kept by an old sailor named {keeper}."])


def make_heavy(number: int) -> bytes:
    return make_docx([text.format(number) for text in HEAVY])


def make_ready(person: Person, keeper: str) -> int:
    sent = person.send_file(make_page(keeper), f"{keeper}.pdf")
    return int(person.wait_for(f"{keeper}.pdf is ready", READY_SECONDS, after=sent)["message_id"])


def measure_disk(stack: Stack) -> int:
    return sum(path.stat().st_size for path in (stack.data / "storage").rglob("*") if path.is_file())


def is_ended(message: Message, name: str) -> bool:
    text = read(message)
    return name in text and ("is ready" in text or "not enough space" in text)


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
    asked = greta.say("/quota")
    quota = read(greta.wait_for("of 1 MB used", after=asked))
    assert "2 documents" in quota and "no more documents within this hour" in quota

    for _ in range(3):
        asked = greta.say(QUESTION)
    refusal = greta.wait_for("You asked 2 questions within a minute", ANSWER_SECONDS, after=asked)
    assert "Ask again in" in read(refusal)

    make_ready(hanna, "Clemens")
    asked = hanna.say(QUESTION)
    hanna.wait_for("Clemens", ANSWER_SECONDS, after=asked)
    check_consistency(stack)


def test_deleting_documents_and_editing_questions_give_greta_nothing_back(stack: Stack) -> None:
    greta = Sandbox(stack.sandbox_url).person("Greta")
    make_ready(greta, "Anselm")
    said = greta.say("/delete")
    greta.tap("Anselm.pdf", greta.wait_for("Which document shall I delete?", after=said))
    greta.tap("Yes, delete it")
    greta.wait_for("Anselm.pdf is deleted", after=said)
    make_ready(greta, "Bertram")
    again = greta.send_file(make_page("Anselm"), "Anselm.pdf")
    greta.wait_for("You sent 2 documents within an hour", after=again)

    asked = greta.say(QUESTION)
    greta.wait_for("Bertram", ANSWER_SECONDS, after=asked)
    for number in range(2):
        greta.change(asked, f"{QUESTION} Tell me {number}.")
    greta.wait_for("You asked 2 questions within a minute", ANSWER_SECONDS, after=asked)
    check_consistency(stack)


@pytest.mark.parametrize("stack", [{"MAX_PASSAGES": "300", "MAX_PAGES": "2", "QUOTA_MB": "100"}], indirect=True)
def test_a_document_that_is_too_large_is_told_before_the_work_and_nothing_is_left(stack: Stack) -> None:
    greta = Sandbox(stack.sandbox_url).person("Greta")
    sent = greta.send_file(make_heavy(1), "heavy.docx")
    greta.wait_for("the most I read. Split it and send the parts", ANSWER_SECONDS, after=sent)
    sent = greta.send_file(make_pdf(["Seals rest on rocks."] * 3), "long.pdf")
    greta.wait_for("It has 3 pages; at most 2 are read", ANSWER_SECONDS, after=sent)
    wait_for_nothing_left(stack, greta)
    assert list_files(stack, greta) == [] and measure_disk(stack) == 0


@pytest.mark.parametrize("stack", [{"QUOTA_MB": "12", "UPLOADS_PER_HOUR": "10"}], indirect=True)
def test_heavy_documents_take_no_more_of_the_disk_than_the_quota(stack: Stack) -> None:
    greta = Sandbox(stack.sandbox_url).person("Greta")
    for number in range(3):
        greta.send_file(make_heavy(number), f"heavy {number}.docx")
    for number in range(3):
        greta.wait_for(lambda message: is_ended(message, f"heavy {number}.docx"), READY_SECONDS)  # noqa: B023
        assert measure_disk(stack) <= 12 * MEGABYTE
    assert any("not enough space" in read(message) for message in greta.messages())
    assert any("is ready" in read(message) for message in greta.messages())
    check_consistency(stack)
