"""Twenty documents of five people, each with its own secret, and the questions about them."""

from __future__ import annotations

from collections.abc import Sequence

from tests.documents import make_docx, make_pdf
from tests.driver import Person, read
from tests.e2e.words import ANSWER_SECONDS, QUIET, READY_SECONDS, make_town

PEOPLE, EACH = 5, 4


def make_document(number: int) -> tuple[str, bytes]:
    """(name, content) of a PDF or a Word document with its secret on page ``number % 3 + 2``."""
    pages = [QUIET] * 5
    pages[number % 3 + 1] = f"{QUIET} The password of {make_town(number)} is {make_secret(number)}."
    if number % 4 == 3:
        return f"book {number}.docx", make_docx(pages, page_breaks=range(1, len(pages)))
    return f"book {number}.pdf", make_pdf(pages)


def make_secret(number: int) -> str:
    return f"zorblat{1_000_000 + number * 7919}"


def send_all(people: Sequence[Person]) -> None:
    """Send all documents at once, each person's in turn."""
    for number in range(PEOPLE * EACH):
        name, content = make_document(number)
        people[number % PEOPLE].send_file(content, name)


def wait_ready(people: Sequence[Person]) -> None:
    for number in range(PEOPLE * EACH):
        people[number % PEOPLE].wait_for(f"{make_document(number)[0]} is ready", READY_SECONDS)


def check_answers(person: Person, index: int) -> None:
    """The person at ``index`` finds each of their secrets on its page, and asks for one of somebody else's in vain."""
    asked = person.say(f"What is the password of {make_town(index)}?")
    answer = person.wait_for(lambda message: "Looking in" not in read(message), ANSWER_SECONDS, after=asked)
    person.tap("Ask all my documents", answer)
    for number in range(index, PEOPLE * EACH, PEOPLE):
        asked = person.say(f"What is the password of {make_town(number)}?")
        answer = person.wait_for(make_secret(number), ANSWER_SECONDS, after=asked)
        first = read(answer).splitlines()[1]
        assert f"book {number}." in first and first.endswith(f"p. {number % 3 + 2}"), first
    stranger = (index + 1) % PEOPLE
    asked = person.say(f"What is the password of {make_town(stranger)}?")
    person.wait_for(lambda message: "Looking in" not in read(message), ANSWER_SECONDS, after=asked)


def check_not_mixed_up(people: Sequence[Person]) -> None:
    for index, person in enumerate(people):
        foreign = [make_secret(number) for number in range(PEOPLE * EACH) if number % PEOPLE != index]
        assert not [secret for secret in foreign if secret in person.describe()]
