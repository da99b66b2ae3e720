"""Alice sends a book, asks questions about it, and deletes it."""

from __future__ import annotations

import pytest

from tests.documents import make_pdf
from tests.driver import Person, read
from tests.e2e.conftest import Meet
from tests.e2e.traces import list_files, list_rows, wait_for_nothing_left
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS, REFUSALS, make_book, make_town
from tests.stack import Stack


@pytest.fixture(scope="module")
def alice(meet: Meet) -> Person:
    """Alice, with a book of 60 pages that is ready."""
    alice = meet("Alice")
    alice.send_file(make_pdf(make_book(60)), "The lighthouses.pdf")
    alice.wait_for("is ready", READY_SECONDS)
    return alice


def ask(person: Person, question: str, reply_to: int | None = None) -> str:
    """The text of the answer once the search is over."""
    asked = person.say(question, reply_to)
    answer = person.wait_for(lambda message: "Looking in" not in read(message), ANSWER_SECONDS, after=asked)
    return read(answer)


def test_one_message_follows_the_document_until_it_is_ready(alice: Person) -> None:
    events = [event for event in alice.transcript() if event["kind"] in {"message", "edit"}]
    sent = next(event["message"]["message_id"] for event in events if event["message"]["out"])
    about = [event for event in events if "The lighthouses.pdf" in read(event["message"])]
    progress = {event["message"]["message_id"] for event in about}
    assert len(progress) == 1, alice.describe()
    assert [event["kind"] for event in about].count("message") == 1
    assert about[0]["message"]["reply_to_message"]["message_id"] == sent
    first_ready = next(index for index, event in enumerate(about) if "is ready" in read(event["message"]))
    assert "60 pages" in read(about[first_ready]["message"])
    assert all("is ready" in read(event["message"]) for event in about[first_ready:])


def test_an_answer_names_its_page(alice: Person) -> None:
    answer = ask(alice, f"Who keeps the lighthouse of {make_town(40)}?")
    assert f"{make_town(47).lower()}son" in answer
    assert answer.splitlines()[1].endswith("p. 40")


def test_the_sentence_that_answers_is_bold(alice: Person) -> None:
    asked = alice.say(f"Who keeps the lighthouse of {make_town(23)}?")
    answer = alice.wait_for("p. 23", ANSWER_SECONDS, after=asked)
    assert f"<b>The lighthouse of {make_town(23)} is kept by" in answer["html"]


def test_a_question_that_the_book_does_not_answer_is_refused(alice: Person) -> None:
    assert ask(alice, "Xylophone quasar?").startswith(REFUSALS)


def test_find_lists_every_occurrence_with_true_counts(alice: Person) -> None:
    assert "/find lighthouse keeper" in ask(alice, "/find")
    everywhere = ask(alice, "/find ferry")
    assert everywhere.startswith("ferry appears 120 times on 60 pages of The lighthouses.pdf\np. 1 ×2, p. 2 ×2, ")
    town = make_town(44)
    asked = alice.say(f'/find "the LIGHTHOUSE of {town}"')
    found = alice.wait_for("appears once on one page", ANSWER_SECONDS, after=asked)
    assert "\np. 44\n" in read(found) and f"<b>The lighthouse of {town}</b>" in found["html"]
    alice.tap("[1]", found)
    shown = alice.wait_for(lambda message: "photo" in message, ANSWER_SECONDS, after=asked)
    assert read(shown).startswith("The lighthouses.pdf, p. 44")
    asked = alice.say("/find quasar")
    nowhere = alice.wait_for("No passage in The lighthouses.pdf contains quasar.", ANSWER_SECONDS, after=asked)
    alice.change(asked, "/find harbour froze")
    corrected = alice.wait_for("harbour froze appears 240 times on 60 pages", ANSWER_SECONDS, after=asked)
    assert corrected["message_id"] == nowhere["message_id"]


def test_alice_renames_a_document_from_the_list(alice: Person) -> None:
    said = alice.say("/docs")
    listed = alice.wait_for("The lighthouses.pdf – 60 pages", after=said)
    alice.tap("1", listed)
    card = alice.wait_for("PDF · ", after=said)
    assert {"Ask", "Rename", "Delete", "Back to the list"} <= set(alice.buttons(card))
    alice.tap("Rename", card)
    alice.wait_for("Send me the new name", after=said)
    named = alice.say("Towers & <lamps>.pdf")
    alice.wait_for("Its name is now Towers & <lamps>.pdf", after=named)
    alice.tap("Back to the list", card)
    alice.wait_for("Towers & <lamps>.pdf – 60 pages", after=said - 1)
    assert "From Towers & <lamps>.pdf" in ask(alice, f"Who keeps the lighthouse of {make_town(11)}?")


def test_alice_cancels_a_rename_and_the_name_stays(alice: Person) -> None:
    said = alice.say("/docs")
    listed = alice.wait_for("– 60 pages", after=said)
    alice.tap("1", listed)
    alice.tap("Rename", alice.wait_for("PDF · ", after=said))
    alice.wait_for("Send me the new name", after=said)
    kept = alice.say("/cancel")
    alice.wait_for("The name stays as it is.", after=kept)
    assert "p. 12" in ask(alice, f"Who keeps the lighthouse of {make_town(12)}?")


def test_alice_asks_one_of_two_documents_by_choice_by_reply_or_both_at_once(alice: Person, stack: Stack) -> None:
    book = alice.wait_for("is ready")
    sent = alice.send_file(b"The bakery in Zwingli street sells rye bread on Fridays.", "bakery.txt")
    bakery = alice.wait_for("bakery.txt is ready", READY_SECONDS, after=sent)
    keeper = f"Who keeps the lighthouse of {make_town(30)}?"
    assert "From bakery.txt" in ask(alice, "Which bread is sold on Fridays?")
    assert "p. 30" in ask(alice, keeper, reply_to=book["message_id"])
    alice.tap("Ask all my documents")
    assert "p. 30" in alice.wait_for("From your documents", after=sent)["text"]
    everywhere = ask(alice, "Which bread is sold on Fridays?")
    assert "bakery.txt, p. 1" in everywhere
    alice.tap("Ask", bakery)
    alice.wait_for("your questions go to bakery.txt now", after=sent)
    assert "Not found in bakery.txt" in ask(alice, keeper)
    said = alice.say("/delete")
    alice.tap("bakery.txt", alice.wait_for("Which document shall I delete?", after=said))
    alice.tap("Yes, delete it", alice.wait_for("This cannot be undone", after=said))
    alice.wait_for("bakery.txt is deleted.", after=said)
    assert len(list_rows(stack, alice)) == 1


def test_deleting_the_last_document_leaves_no_trace(alice: Person, stack: Stack) -> None:
    assert list_files(stack, alice)
    said = alice.say("/docs")
    alice.tap("1", alice.wait_for("Your document", after=said))
    alice.tap("Delete", alice.wait_for("PDF · ", after=said))
    confirm = alice.wait_for("This cannot be undone", after=said)
    alice.tap("No, keep it", confirm)
    card = alice.wait_for("PDF · ", after=confirm["message_id"] - 1)
    alice.tap("Delete", card)
    alice.tap("Yes, delete it", alice.wait_for("This cannot be undone", after=confirm["message_id"]))
    alice.wait_for("is deleted.", after=said)
    wait_for_nothing_left(stack, alice)
    assert "You have no documents yet" in ask(alice, "Who keeps the lighthouse?")
