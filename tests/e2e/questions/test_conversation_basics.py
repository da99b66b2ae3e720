"""What people write besides questions and documents, and what Socrate replies."""

from __future__ import annotations

import pytest

from tests.driver import Person, read
from tests.e2e.conftest import Meet
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS, is_refusal

LONGEST_MESSAGE = 4096
FLORA = "The orchard of Brünnhilde has nine pear trees. The beehives of Ottilie stand behind the chapel."


@pytest.fixture(scope="module")
def new(meet: Meet) -> Person:
    """A person without documents."""
    return meet("Nora")


@pytest.fixture(scope="module")
def reader(meet: Meet) -> Person:
    reader = meet("Rosa")
    reader.send_file(FLORA.encode(), "flora.txt")
    reader.wait_for("flora.txt is ready", READY_SECONDS)
    return reader


COMMANDS = {
    "/start": "Every answer names its page",
    "/help": "/export – Get a document as a film",
    "/quota": "No documents yet. 0 kB of 1,000 MB used",
    "/status": "Nothing is running.",
    "/docs": "You have no documents yet.",
    "/delete": "You have no documents yet.",
    "/cancel": "There is nothing to cancel.",
    "/export": "None of your documents is ready to be exported.",
    "/new": "your next question starts from scratch",
    "/frobnicate": "I don't know this command. /help shows what I can do.",
    "/": "You have no documents yet.",
    "Who are you?": "You have no documents yet.",
}


@pytest.mark.parametrize("said", COMMANDS)
def test_a_person_without_documents_gets_a_helpful_reply(new: Person, said: str) -> None:
    message_id = new.say(said)
    answer = new.wait_for(COMMANDS[said], ANSWER_SECONDS, after=message_id)
    assert answer["message_id"] == new.last_bot_message()["message_id"], new.describe()


def test_start_and_help_offer_the_sample(new: Person) -> None:
    for command, sentence in (("/start", "Every answer names"), ("/help", "How it works")):
        message_id = new.say(command)
        assert new.buttons(new.wait_for(sentence, after=message_id)) == ["Try a sample document"]


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice", "location"])
def test_a_message_that_is_no_document_is_answered_with_what_can_be_sent(new: Person, kind: str) -> None:
    message_id = new.send_kind(kind)
    hint = "I can't read pictures." if kind == "photo" else "I can't read this."
    answer = new.wait_for(hint, after=message_id)
    assert answer["reply_to_message"]["message_id"] == message_id and "as a file" in read(answer)


def test_a_question_that_is_too_long_is_refused_with_the_limit(reader: Person) -> None:
    message_id = reader.say("x" * LONGEST_MESSAGE)
    reader.wait_for("That question is longer than 2,000 characters.", after=message_id)


@pytest.mark.parametrize(
    "said", ["\U0001f41d", "\U0001f468\u200d\U0001f469\u200d\U0001f467 ?!", "???", "\u00a0.\u200b"]
)
def test_a_question_without_words_is_refused(reader: Person, said: str) -> None:
    message_id = reader.say(said)
    reader.wait_for("There are no words in this", ANSWER_SECONDS, after=message_id)


@pytest.mark.parametrize(("said", "answer"), [("Hello!", "Hello! Send me"), ("ok, thank you", "You're welcome.")])
def test_small_talk_is_answered_without_a_search(reader: Person, said: str, answer: str) -> None:
    message_id = reader.say(said)
    reader.wait_for(answer, ANSWER_SECONDS, after=message_id)


def test_a_question_without_a_word_of_the_document_is_refused(reader: Person) -> None:
    message_id = reader.say("a" * 2000)
    answer = reader.wait_for(lambda message: "Looking in" not in read(message), ANSWER_SECONDS, after=message_id)
    assert is_refusal(answer), reader.describe()


def test_an_edited_question_is_answered_in_the_same_message(reader: Person) -> None:
    asked = reader.say("What does the orchard have?")
    first = reader.wait_for("nine pear trees", ANSWER_SECONDS, after=asked)
    reader.change(asked, "Where do the beehives of Ottilie stand?")
    second = reader.wait_for(
        lambda message: "<b>The beehives of Ottilie stand" in message["html"], ANSWER_SECONDS, asked
    )
    assert second["message_id"] == first["message_id"] == reader.last_bot_message()["message_id"], reader.describe()


def test_quota_and_list_show_the_document(reader: Person) -> None:
    message_id = reader.say("/quota")
    reader.wait_for("One document.", after=message_id)
    message_id = reader.say("/docs")
    listed = reader.wait_for("Your document", after=message_id)
    assert "flora.txt – 1 page" in read(listed) and "1" in reader.buttons(listed)
