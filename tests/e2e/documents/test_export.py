"""A document leaves as a film and comes back to somebody else, passage for passage."""

from __future__ import annotations

from processing.retrieval.passage_file import read_passages
from processing.types import Passage
from tests.documents import make_pdf
from tests.driver import Person
from tests.e2e.conftest import Meet
from tests.e2e.traces import list_files
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.stack import Stack

NAME = "Il mare: «onde» & venti.pdf"
PAGES = [
    f"Chapter {number}\nThe {animal} of page {number} lives by the sea. It eats {food} and sleeps on the rocks. " * 4
    for number, (animal, food) in enumerate([("walrus", "clams"), ("gull", "crabs"), ("seal", "herring")], start=1)
]


def list_passages(stack: Stack, person: Person) -> list[Passage]:
    """What is kept of the person's only document."""
    [file] = [path for path in list_files(stack, person) if path.name == "passages.jsonl"]
    return list(read_passages(file))


def take_film(person: Person) -> tuple[str, bytes]:
    message = person.wait_for(lambda message: "document" in message, ANSWER_SECONDS)
    assert "as a film" in message["caption"] and NAME in message["caption"]
    return message["document"]["file_name"], person.sandbox.download(message)


def test_a_document_leaves_as_a_film_and_comes_back_the_same(meet: Meet, stack: Stack) -> None:
    alice, bob, dora = (meet(name) for name in ("Alice", "Bob", "Dora"))
    alice.say("/export")
    alice.wait_for("None of your documents is ready", READY_SECONDS)
    alice.send_file(make_pdf(PAGES), NAME)
    alice.wait_for(f"{NAME} is ready", READY_SECONDS)
    alice.tap("Export")
    file_name, film = take_film(alice)
    assert file_name == "Il mare_ «onde» & venti.socrate.mp4"

    bob.send_file(film, file_name)
    ready = bob.wait_for(f"{NAME} is ready", READY_SECONDS)
    assert "3 pages" in ready["text"]
    dora.send_file(film, None, kind="video")
    dora.wait_for(f"{NAME} is ready", READY_SECONDS)
    alices, bobs, doras = (list_passages(stack, person) for person in (alice, bob, dora))
    assert alices == bobs == doras and alices

    bob.say("What does the seal eat?")
    assert "p. 3" in bob.wait_for("herring", ANSWER_SECONDS, after=ready["message_id"])["text"]
    bob.say("/export")
    assert take_film(bob)[0] == file_name
    bob.send_file(film, "again.mp4")
    bob.wait_for("You have sent this very file before")
    dora.send_file(film[: len(film) // 2], "half.mp4")
    dora.wait_for("damaged or incomplete")
    dora.send_file(b"\0\0\0\x20ftypisom" + b"\0" * 5000, "holiday.mp4")
    dora.wait_for("This video holds no document")
