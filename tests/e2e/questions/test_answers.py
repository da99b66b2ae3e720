"""Alice asks, looks at a page, asks follow-ups, stops, edits, and rates; the model breaks off in the middle."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest

from tests.documents import make_pdf
from tests.driver import Message, Person, read
from tests.e2e.conftest import Meet
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS, is_refusal, make_book
from tests.servers.openai_server import OpenAIServer, Request

PAGES = 12
JPEG = b"\xff\xd8\xff"


@pytest.fixture(scope="module")
def alice(meet_far: Meet) -> Person:
    alice = meet_far("Alice")
    alice.send_file(make_pdf(make_book(PAGES)), "lighthouses.pdf")
    alice.wait_for("lighthouses.pdf is ready", READY_SECONDS)
    return alice


@pytest.fixture
def model(model_server: OpenAIServer) -> Iterator[OpenAIServer]:
    """The model server that all stories share; its behaviour is reset afterwards."""
    before = model_server.write
    yield model_server
    model_server.write, model_server.cut_after, model_server.hold = before, None, None


def answer_from(request: Request) -> list[str]:
    """Quote the passage that names the lighthouse last asked for, as a model would."""
    prompt = str(request["messages"][1]["content"])
    asked = prompt[prompt.rindex("<question>") :]
    before = prompt.partition("<earlier>")[2]
    town = (re.findall(r"lighthouse of (\w+)", asked) or re.findall(r"lighthouse of (\w+)", before)[-1:] or ["?"])[0]
    for number, text in re.findall(r'<passage number="(\d+)">\n(.*?)\n</passage>', prompt, re.DOTALL):
        if found := re.search(rf"lighthouse of {re.escape(town)} is kept by an old sailor named (\w+)", text):
            return [f"It is **{found[1]}**", f" [{number}].", f'\n\nQUOTES\n[{number}] "{found[0]}"']
    return ["NO", " ANSWER"]


def find_town(page: int) -> str:
    """The lighthouse whose keeper is named on that page."""
    found = re.search(r"lighthouse of (\w+)", make_book(PAGES)[page - 1])
    assert found is not None
    return found[1]


def ask_for(alice: Person, page: int) -> tuple[int, Message]:
    """Ask for the keeper named on that page; (id of the question's message, answer)."""
    asked = alice.say(f"Who keeps the lighthouse of {find_town(page)}?")
    return asked, alice.wait_for(f"p. {page}", ANSWER_SECONDS, after=asked)


def test_alice_taps_a_citation_and_sees_the_picture_of_its_page(alice: Person, model: OpenAIServer) -> None:
    model.write = answer_from
    _, answer = ask_for(alice, 3)
    assert "[1]" in read(answer) and "**" not in read(answer) and "QUOTES" not in read(answer)
    assert any(entity["type"] == "bold" for entity in answer["entities"])
    tapped = alice.tap("[1]", answer)
    assert tapped is not None and "on its way" in tapped["text"]
    shown = alice.wait_for(lambda message: "photo" in message, ANSWER_SECONDS, after=answer["message_id"])
    assert read(shown).startswith("lighthouses.pdf, p. 3") and find_town(3) in read(shown)
    assert any(entity["type"] == "expandable_blockquote" for entity in shown["caption_entities"])
    assert alice.sandbox.download(shown).startswith(JPEG)


def test_words_that_the_model_invents_are_marked_as_not_verified(alice: Person, model: OpenAIServer) -> None:
    model.write = lambda _: ["A ghost [1].", '\nQUOTES\n[1] "kept by the ghost of a drowned sailor"']
    asked = alice.say(f"Who keeps the lighthouse of {find_town(4)}?")
    answer = alice.wait_for("A ghost [1?].", ANSWER_SECONDS, after=asked)
    assert read(answer).startswith("Not verified")


def test_a_follow_up_question_sends_the_earlier_ones_along_until_new(alice: Person, model: OpenAIServer) -> None:
    model.write = answer_from
    ask_for(alice, 5)
    asked = alice.say("And where does he come from?")
    alice.wait_for("p. 5", ANSWER_SECONDS, after=asked)
    assert "<earlier>" in str(model.requests[-1])
    begun = alice.say("/new")
    alice.wait_for("New conversation", after=begun)
    asked = alice.say("And where does the old sailor come from?")
    alice.wait_for(is_refusal, ANSWER_SECONDS, after=asked)
    assert "<earlier>" not in str(model.requests[-1])


def test_a_question_that_the_model_cannot_answer_is_refused(alice: Person, model: OpenAIServer) -> None:
    model.write = answer_from
    asked = alice.say("Who keeps the lighthouse of Nowhereville?")
    alice.wait_for(is_refusal, ANSWER_SECONDS, after=asked)
    assert "NO ANSWER" not in alice.describe()


def test_an_answer_that_breaks_off_is_replaced_by_passages(alice: Person, model: OpenAIServer) -> None:
    model.write, model.cut_after = answer_from, 1
    asked = alice.say(f"Who keeps the lighthouse of {find_town(6)}?")
    answer = alice.wait_for("The language model did not answer", ANSWER_SECONDS, after=asked)
    assert "p. 6" in read(answer) and find_town(6) in read(answer)


def test_alice_stops_an_answer_and_asks_again_in_the_same_message(alice: Person, model: OpenAIServer) -> None:
    model.write, model.hold = answer_from, threading.Event()
    asked = alice.say(f"Who keeps the lighthouse of {find_town(7)}?")
    growing = alice.wait_for("It is **", ANSWER_SECONDS, after=asked)
    assert alice.buttons(growing) == ["Stop"]
    alice.tap("Stop", growing)
    stopped = alice.wait_for("Stopped.", ANSWER_SECONDS, after=asked)
    assert stopped["message_id"] == growing["message_id"]
    model.hold.set()
    model.hold = None
    alice.tap("Ask again", stopped)
    answer = alice.wait_for("p. 7", ANSWER_SECONDS, after=asked)
    assert answer["message_id"] == growing["message_id"]


def test_a_new_question_stops_the_one_being_answered(alice: Person, model: OpenAIServer) -> None:
    hold = threading.Event()
    model.write, model.hold = answer_from, hold
    old = alice.say(f"Who keeps the lighthouse of {find_town(8)}?")
    growing = alice.wait_for("It is **", ANSWER_SECONDS, after=old)
    model.hold = None
    _, answer = ask_for(alice, 9)
    hold.set()
    replaced = alice.wait_for("you asked something else", ANSWER_SECONDS, after=old)
    assert replaced["message_id"] == growing["message_id"] != answer["message_id"]


def test_an_edited_question_is_answered_again_in_the_same_message(alice: Person, model: OpenAIServer) -> None:
    model.write = answer_from
    asked, answer = ask_for(alice, 10)
    alice.change(asked, f"Who keeps the lighthouse of {find_town(11)}?")
    again = alice.wait_for("p. 11", ANSWER_SECONDS, after=asked)
    assert again["message_id"] == answer["message_id"] and "p. 10" not in read(again)


def test_a_rating_is_sent_without_the_question_unless_alice_sends_it_too(alice: Person, model: OpenAIServer) -> None:
    model.write = answer_from
    _, answer = ask_for(alice, 12)
    alice.tap(f"good:{find_id(answer)}", answer)
    offered = alice.wait_for(lambda message: "Send the question too" in alice.buttons(message), ANSWER_SECONDS)
    assert any("[1]" in label for label in alice.buttons(offered))
    tapped = alice.tap("Send the question too", offered)
    assert tapped is not None and "was sent" in tapped["text"]


def find_id(answer: Message) -> str:
    data = [button["callback_data"] for row in answer["reply_markup"]["inline_keyboard"] for button in row]
    return next(str(item).partition(":")[2] for item in data if str(item).startswith("good:"))
