"""Telegram's answers are lost or errors, as often as a call is repeated: the work behind the message is done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.driver import Person, Sandbox
from tests.e2e.conftest import Meet
from tests.e2e.traces import list_rows
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.stack import Stack, wait_until

TEXT = b"The keys of the archive are kept by Ludmila. The lamp is kept by Bohumil.\n" * 5
# As often as a call is repeated.
ATTEMPTS = 3


@pytest.fixture
def alice(meet: Meet) -> Iterator[Person]:
    alice = meet("Alice")
    yield alice
    alice.sandbox.clear_faults()


def lose_edits(sandbox: Sandbox, person: Person, *, after_effect: bool = True) -> None:
    sandbox.fault(method="editMessageText", chat_id=person.id, times=1, drop=True, after_effect=after_effect)
    sandbox.fault(method="editMessageText", chat_id=person.id, times=ATTEMPTS - 1, drop=True)


def test_everything_is_deleted(alice: Person, stack: Stack) -> None:
    alice.send_file(TEXT, "keys.txt")
    alice.wait_for("keys.txt is ready", READY_SECONDS)
    asked = alice.say("/forgetme")
    alice.wait_for("Delete everything", ANSWER_SECONDS, after=asked)
    lose_edits(alice.sandbox, alice)
    alice.tap("Yes")
    alice.wait_for("Everything is deleted", READY_SECONDS, after=asked)
    wait_until(lambda: not list_rows(stack, alice), "nothing left", alice.describe)


def test_an_edited_question_is_answered(alice: Person) -> None:
    alice.send_file(TEXT, "keys.txt")
    alice.wait_for("keys.txt is ready", READY_SECONDS)
    asked = alice.say("Who keeps the keys?")
    alice.wait_for("Ludmila", ANSWER_SECONDS, after=asked)
    lose_edits(alice.sandbox, alice)
    alice.change(asked, "Who keeps the lamp? The lamp!")
    wait_until(
        lambda: "Looking" not in str(alice.last_bot_message()["text"]) and len(list_answers(alice)) > 1,
        "the answer",
        alice.describe,
        READY_SECONDS,
    )


def list_answers(person: Person) -> list[str]:
    """Every text that ever stood in the message of an answer."""
    return [str(event) for event in person.transcript() if "[1] p. 1" in str(event)]


def test_a_new_name_whose_confirmation_fails_does_not_become_a_question(alice: Person) -> None:
    alice.send_file(TEXT, "keys.txt")
    alice.wait_for("keys.txt is ready", READY_SECONDS)
    said = alice.say("/docs")
    alice.tap("1", alice.wait_for("keys.txt – ", after=said))
    alice.tap("Rename", alice.wait_for("TEXT · ", after=said))
    alice.wait_for("Send me the new name", after=said)
    alice.sandbox.fault(method="sendMessage", chat_id=alice.id, times=ATTEMPTS, error_code=500)
    named = alice.say("Who keeps the keys?")
    alice.wait_for("Its name is now Who keeps the keys?", READY_SECONDS, after=named)
    assert not list_answers(alice), alice.describe()


def test_a_refusal_after_the_download_is_told(alice: Person) -> None:
    lose_edits(alice.sandbox, alice, after_effect=False)
    sent = alice.send_file(b"\x7fELF" + bytes(300), "program")
    alice.wait_for("can't read this kind", READY_SECONDS, after=sent)


def test_a_download_that_is_cut_short_is_not_taken_for_the_file(alice: Person, stack: Stack) -> None:
    alice.sandbox.fault(method="download", error_code=200, html=TEXT.decode()[:100])
    sent = alice.send_file(TEXT, "whole.txt")
    alice.wait_for("I keep trying", READY_SECONDS, after=sent)
    before = count_fetches(alice.sandbox)
    wait_until(
        lambda: count_fetches(alice.sandbox) >= before + ATTEMPTS, "another attempt", alice.describe, READY_SECONDS
    )
    assert not list_rows(stack, alice)
    announced = [event for event in alice.transcript() if event["kind"] == "message" and "Fetching" in str(event)]
    assert len(announced) == 1, alice.describe()
    alice.sandbox.clear_faults()
    alice.wait_for("whole.txt is ready", READY_SECONDS, after=sent)


def count_fetches(sandbox: Sandbox) -> int:
    return sum(call["method"] == "getFile" for call in sandbox.calls())
