"""Charlie taps buttons copied from Alice's chat, and forged ones, and learns nothing."""

from __future__ import annotations

import pytest

from bot.texts import say
from tests.driver import Person
from tests.e2e.conftest import Meet
from tests.e2e.traces import list_files, list_rows
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.stack import Stack

SECRET = b"The treasure of Wendelin lies under the third birch behind the mill."
MISSING = {"text": say("en", "document_not_found"), "show_alert": True}
VERBS = ("ask", "rename", "delete", "deleteyes", "card", "cancel", "retry")
FORGED = (
    *(f"{verb}:{'0' * 16}" for verb in VERBS),
    "ask:../../../etc/passwd", "deleteyes:", "deleteyes:%", "card:' OR 1=1 --:0", "delete:1",
    "ask", ":", "nonsense", "x" * 64,
)  # fmt: skip


@pytest.fixture(scope="module")
def alice(meet: Meet) -> Person:
    alice = meet("Alice")
    alice.send_file(SECRET, "treasure.txt")
    alice.wait_for("treasure.txt is ready", READY_SECONDS)
    return alice


@pytest.fixture(scope="module")
def charlie(meet: Meet) -> Person:
    charlie = meet("Charlie")
    charlie.say("/start")
    charlie.wait_for("reads the documents")
    return charlie


@pytest.mark.parametrize("verb", VERBS)
def test_charlie_taps_copied_buttons_and_reads_that_there_is_no_document(
    alice: Person, charlie: Person, stack: Stack, verb: str
) -> None:
    [(document, _)] = list_rows(stack, alice)
    before = len(charlie.messages())
    message_id = charlie.last_bot_message()["message_id"]
    assert pick(charlie.forge_tap(message_id, f"{verb}:{document}")) == MISSING
    assert pick(charlie.forge_tap(message_id, f"{verb}:{document}:0")) == MISSING
    assert len(charlie.messages()) == before
    assert list_rows(stack, alice) == [(document, "ready")]


@pytest.mark.parametrize("data", FORGED)
def test_charlie_taps_forged_buttons_and_reads_that_there_is_no_document(charlie: Person, data: str) -> None:
    before = len(charlie.messages())
    assert pick(charlie.forge_tap(charlie.last_bot_message()["message_id"], data)) == MISSING
    assert len(charlie.messages()) == before


@pytest.mark.usefixtures("alice")
def test_charlie_asks_all_documents_and_finds_none_of_others(charlie: Person) -> None:
    charlie.forge_tap(charlie.last_bot_message()["message_id"], "askall")
    asked = charlie.say("Where does the treasure of Wendelin lie?")
    charlie.wait_for("You have no documents yet", after=asked)
    said = charlie.say("/docs")
    charlie.wait_for("You have no documents yet", after=said)
    assert "birch" not in charlie.describe() and "treasure.txt" not in charlie.describe()


def test_the_same_file_from_two_people_is_two_documents(alice: Person, meet: Meet, stack: Stack) -> None:
    bob = meet("Bob")
    bob.send_file(SECRET, "mine.txt")
    bob.wait_for("mine.txt is ready", READY_SECONDS)
    [(hers, _)], [(his, _)] = list_rows(stack, alice), list_rows(stack, bob)
    assert hers != his
    bob.tap("Delete", bob.wait_for("is ready"))
    bob.tap("Yes, delete it", bob.wait_for("This cannot be undone"))
    bob.wait_for("mine.txt is deleted.")
    assert not list_rows(stack, bob) and list_files(stack, alice)
    asked = alice.say("Where does the treasure of Wendelin lie?")
    alice.wait_for("third birch", ANSWER_SECONDS, after=asked)


def pick(answer: dict[str, object] | None) -> dict[str, object]:
    """What a person reads of the answer to a tap."""
    assert answer is not None, "the tap was not answered"
    return {key: answer[key] for key in ("text", "show_alert")}
