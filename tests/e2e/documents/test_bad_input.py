"""Files that cannot be read are refused with a sentence and leave no trace; strange names and encodings are read."""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

import pytest

from bot.texts import say
from storage import keys
from tests.documents import make_bad_files, make_pdf
from tests.driver import Person, read
from tests.e2e.conftest import Meet
from tests.e2e.traces import list_files, list_rows, list_scratch_files, wait_for_nothing_left
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.stack import Stack

BAD = tuple(name for name in (
    "locked", "scanned", "truncated", "garbage", "form in itself", "docx that is no zip", "docx cut short",
    "docx of broken xml", "docx without text", "zip bomb", "plain zip", "locked epub", "epub without a book",
    "empty", "program", "picture", "blank text",
))  # fmt: skip
HERB = "The herb garden of Ostrava grows lovage, sorrel and crème-fraîche mint."
NAMES = {
    "a path": ("../../etc/passwd.pdf", "passwd.pdf"),
    "a path of Windows": ("C:\\Windows\\system32\\drivers.pdf", "drivers.pdf"),
    "three hundred characters": ("n" * 296 + ".pdf", "n" * 115 + "….pdf"),
    "emoji": (
        "\U0001f4da\U0001f469\U0001f3fd\u200d\U0001f52c books.pdf",
        "\U0001f4da\U0001f469\U0001f3fd\u200d\U0001f52c books.pdf",
    ),
    "dots and spaces": (" .. .pdf", ".. .pdf"),
    "only dots": ("...", "document"),
    "no name": (None, "document"),
    "markup": ("<b>bold</b> & more.pdf", "b> & more.pdf"),
}
ENCODINGS = {
    "utf-16": HERB.encode("utf-16"),
    "utf-16 without a mark": HERB.encode("utf-16-le"),
    "latin-1": HERB.encode("latin-1"),
    "nul bytes": HERB.replace(" ", " \0").encode(),
}


class Sent(NamedTuple):
    person: Person
    key: str


@pytest.fixture(scope="module")
def bad(meet: Meet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sent]:
    """All bad files, sent at once, each by another person."""
    sent = {}
    for name, (path, key) in make_bad_files(tmp_path_factory.mktemp("bad")).items():
        person = meet("Eve")
        person.send_file(path)
        sent[name] = Sent(person, key)
    return sent


def make_plain(key: str, **facts: object) -> str:
    """The sentence without its HTML."""
    return unescape(re.sub(r"<[^>]+>", "", say("en", key, **facts)))


def test_every_kind_of_bad_file_is_covered(bad: dict[str, Sent]) -> None:
    assert sorted(bad) == sorted(BAD)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_sentence_and_leaves_no_trace(
    bad: dict[str, Sent], stack: Stack, name: str
) -> None:
    person, key = bad[name]
    refusal = person.wait_for(make_plain(key), READY_SECONDS)
    wait_for_nothing_left(stack, person)
    said = [message for message in person.messages() if not message["out"]]
    assert said == [refusal], person.describe()
    assert not [label for label in person.buttons(refusal) if label in {"Cancel", "Try again"}]


def test_a_file_announced_as_too_large_is_not_downloaded(meet: Meet, stack: Stack) -> None:
    eve = meet("Eve")
    before = len(eve.sandbox.calls())
    eve.send_file(make_pdf(["Small in truth."]), "large.pdf", announced_size=25 * 1024 * 1024)
    eve.wait_for("The file is 25 MB; the limit is 20 MB.")
    methods = [call["method"] for call in eve.sandbox.calls()[before:]]
    assert "getFile" not in methods
    wait_for_nothing_left(stack, eve)


@pytest.fixture(scope="module")
def named(meet: Meet) -> dict[str, Person]:
    return {case: send_new(meet, make_pdf([HERB, case]), name) for case, (name, _) in NAMES.items()}


@pytest.fixture(scope="module")
def encoded(meet: Meet) -> dict[str, Person]:
    return {case: send_new(meet, content, "herbs.txt") for case, content in ENCODINGS.items()}


def send_new(meet: Meet, content: bytes, name: str | None) -> Person:
    person = meet("Dora")
    person.send_file(content, name)
    return person


@pytest.mark.parametrize("case", NAMES)
def test_a_strange_file_name_is_shown_and_reaches_no_path(named: dict[str, Person], stack: Stack, case: str) -> None:
    dora = named[case]
    ready = dora.wait_for("is ready", READY_SECONDS)
    assert read(ready).splitlines()[0] == f"✅ {NAMES[case][1]} is ready"
    # Another person's document may be half written just now: only hers is whole by now.
    stored = [path for path in list_files(stack, dora) if path.is_file()]
    assert stored and {path.name for path in stored} <= {"original", keys.PASSAGES, keys.INDEX, *keys.ARCHIVE_FILES}
    assert not list(stack.folder.rglob("*passwd*"))


@pytest.mark.parametrize("case", ENCODINGS)
def test_a_text_in_any_encoding_is_read(encoded: dict[str, Person], case: str) -> None:
    dora = encoded[case]
    dora.wait_for("herbs.txt is ready", READY_SECONDS)
    asked = dora.say("What does the herb garden grow?")
    answer = dora.wait_for("lovage", ANSWER_SECONDS, after=asked)
    assert "crème-fraîche mint" in read(answer) and "\0" not in read(answer)


def test_the_same_file_sent_twice_is_one_document(meet: Meet, stack: Stack) -> None:
    dora = meet("Dora")
    content = make_pdf([HERB, "twice"])
    dora.send_file(content, "first.pdf")
    dora.wait_for("first.pdf is ready", READY_SECONDS)
    again = dora.send_file(content, "second.pdf")
    refused = dora.wait_for("You have sent this very file before: first.pdf", after=again)
    assert dora.buttons(refused) == ["Ask", "My documents"]
    assert len(list_rows(stack, dora)) == 1
    assert not list_scratch_files(stack)


def test_a_failed_file_may_be_sent_again(bad: dict[str, Sent], meet: Meet, stack: Stack) -> None:
    dora = meet("Dora")
    for _ in range(2):
        sent = dora.send_file(make_pdf(["Nobody reads this."], password="secret"), "locked.pdf")
        dora.wait_for(make_plain("pdf_encrypted"), READY_SECONDS, after=sent)
        wait_for_nothing_left(stack, dora)
