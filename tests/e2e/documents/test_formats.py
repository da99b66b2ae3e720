"""Files are recognised by their content even under a wrong name, and a file put in place of another is read too."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.documents import make_docx, make_epub, make_html, make_pdf
from tests.driver import Person, read
from tests.e2e.conftest import Meet
from tests.e2e.traces import list_rows
from tests.e2e.words import ANSWER_SECONDS, QUIET, READY_SECONDS
from tests.stack import Stack

FACT = "The clock of the old town hall was wound by Ludmila every Thursday."
PARTS = [QUIET, FACT, QUIET]
# Name, content, and the page on which the fact stands. Formats without pages are divided into pages by length.
FILES: dict[str, tuple[str, Callable[[], bytes], int]] = {
    "pdf": ("notes.txt", lambda: make_pdf(PARTS), 2),
    "docx": ("letter.pdf", lambda: make_docx(PARTS, page_breaks=(1, 2)), 2),
    "epub": ("novel.docx", lambda: make_epub(PARTS), 2),
    "html": ("page.md", lambda: make_html(PARTS), 1),
    "markdown": ("notes.pdf", lambda: f"# Clocks\n\n{QUIET}\n\n* one\n* **two**\n\n{FACT}".encode(), 1),
    "text": ("report.html", lambda: "\n\n".join(PARTS).encode(), 1),
}


@pytest.fixture(scope="module")
def people(meet: Meet) -> dict[str, Person]:
    """One person for each format, who has sent a file under a wrong name."""
    people = {}
    for kind, (name, make, _page) in FILES.items():
        people[kind] = meet("Frieda")
        people[kind].send_file(make(), name)
    return people


@pytest.mark.parametrize("kind", FILES)
def test_a_file_under_a_wrong_name_is_read_by_its_content(people: dict[str, Person], kind: str) -> None:
    frieda, (name, _make, page) = people[kind], FILES[kind]
    frieda.wait_for(f"{name} is ready", READY_SECONDS)
    asked = frieda.say("Who wound the clock of the town hall?")
    answer = frieda.wait_for("Ludmila", ANSWER_SECONDS, after=asked)
    assert read(answer).splitlines()[1].endswith(f"p. {page}"), read(answer)


def test_a_file_put_in_place_of_another_is_read_and_a_new_caption_is_not_answered(meet: Meet) -> None:
    frieda, friend = meet("Frieda"), meet("Frieda")
    sent = frieda.send_file(FILES["html"][1](), "first.html")
    frieda.wait_for("first.html is ready", READY_SECONDS)
    sent_by_friend = friend.send_file(FILES["text"][1](), "second.txt")
    friend.wait_for("second.txt is ready", READY_SECONDS)
    first, second = find_file(frieda, sent), find_file(friend, sent_by_friend)
    edit_message(frieda, sent, first)
    edit_message(frieda, sent, second)
    frieda.wait_for("second.txt is ready", READY_SECONDS)
    assert not any("already" in read(message) for message in frieda.messages()), frieda.describe()


def test_a_new_caption_does_not_bring_a_deleted_document_back(meet: Meet, stack: Stack) -> None:
    gerda = meet("Gerda")
    sent = gerda.send_file(FILES["text"][1](), "gone.txt")
    gerda.wait_for("gone.txt is ready", READY_SECONDS)
    file = find_file(gerda, sent)
    said = gerda.say("/delete")
    gerda.tap("gone.txt", gerda.wait_for("Which document shall I delete?", after=said))
    gerda.tap("Yes, delete it", gerda.wait_for("This cannot be undone", after=said))
    gerda.wait_for("gone.txt is deleted.", after=said)
    edit_message(gerda, sent, file)
    # A message that had no file before, as far as the bot knows.
    edit_message(gerda, said, file)
    gerda.wait_for("send it as a new message", after=said)
    assert not list_rows(stack, gerda)
    assert sum("Fetching" in str(event) for event in gerda.transcript()) == 1, gerda.describe()


def find_file(person: Person, message_id: int) -> dict[str, object]:
    [file] = [message["document"] for message in person.messages() if message["message_id"] == message_id]
    return dict(file)


def edit_message(person: Person, message_id: int, document: dict[str, object]) -> None:
    """Let Telegram say that the person has edited their message, which holds this document now."""
    user = {"id": person.id, "is_bot": False, "first_name": person.name, "language_code": "en"}
    message = {
        "message_id": message_id, "date": 1, "edit_date": 2, "from": user, "caption": "look",
        "chat": {"id": person.id, "type": "private", "first_name": person.name}, "document": document,
    }  # fmt: skip
    text = json.dumps({"update_id": "UPDATE_ID", "edited_message": message}).replace('"UPDATE_ID"', "UPDATE_ID")
    person.sandbox.post("updates", {"texts": [text]})
