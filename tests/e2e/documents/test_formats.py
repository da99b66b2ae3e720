"""Files are recognised by their content even under a wrong name, and answers name the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.documents import make_docx, make_epub, make_html, make_pdf
from tests.driver import Person, read
from tests.e2e.conftest import Meet
from tests.e2e.words import ANSWER_SECONDS, QUIET, READY_SECONDS

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
