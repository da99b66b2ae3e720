"""The text of a PDF is read page by page, and damaged files are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import UserMistake
from processing.chunking.passages import cut_passages
from processing.extract import open_reader
from tests.documents import make_pdf, write_objects
from tests.unit.processing.extract.conftest import Read

FILLER = "The walrus rests on drifting ice and dives for clams on the sea floor. " * 12
FOOT = "A treatise on walruses, fourth edition, sheet #"


def flatten(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    "words", ["Hall number {} is open.", "Зал номер {} открыт для всех.", "Η αίθουσα {} είναι ανοιχτή."]
)
def test_every_page_has_its_own_text_and_number(read: Read, words: str) -> None:
    texts = [words.format(number * 7919) for number in range(1, 61)]
    kind, pages = read("halls.pdf", make_pdf(texts))
    assert kind == "pdf"
    assert [(page.number, flatten(page.text)) for page in pages] == list(enumerate(texts, 1))


def test_passages_name_the_page_of_their_text(read: Read) -> None:
    texts = [f"{FILLER}The key of room {number} is K{number * 7919}. {FILLER}" for number in range(1, 31)]
    _, pages = read("rooms.pdf", make_pdf(texts))
    passages = list(cut_passages(pages, lambda text: len(text.split()) + 2))
    for number in range(1, 31):
        homes = [(p.first_page, p.last_page) for p in passages if f"K{number * 7919}." in p.text]
        assert len(homes) == 1
        assert homes[0][0] <= number <= homes[0][1]


def test_an_empty_page_keeps_its_number(read: Read) -> None:
    _, pages = read("gap.pdf", make_pdf(["The first page speaks of ice.", "", "The third page speaks of clams."]))
    assert [page.text for page in pages] == ["The first page speaks of ice.", "", "The third page speaks of clams."]


def test_wrapped_lines_and_hyphenated_words_are_joined(read: Read) -> None:
    text = "A com-\nputer is a machine that com-\nputes what it is told, and it never asks the\nreason why.\n"
    _, pages = read("broken.pdf", make_pdf([text]))
    assert pages[0].text == "A computer is a machine that computes what it is told, and it never asks the reason why."


def test_running_footers_are_removed_except_the_first(read: Read) -> None:
    texts = [f"Page of number {place * 7919}. {FILLER}" for place in range(1, 13)]
    _, pages = read("feet.pdf", make_pdf(texts, footer=FOOT))
    assert [page.number for page in pages if "fourth edition" in page.text] == [1]
    assert all(f"number {page.number * 7919}." in page.text for page in pages)


def test_the_number_of_pages_is_reported_before_the_pages(tmp_path: Path) -> None:
    path = tmp_path / "three.pdf"
    path.write_bytes(make_pdf(["One page of many words here."] * 3))
    reported: list[tuple[int, int | None]] = []
    with open_reader(path, "pdf", lambda done, total: reported.append((done, total))) as reader:
        assert len(list(reader)) == reader.total == 3
    assert [pair for pair in reported if pair[1]] == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_file_whose_pages_are_mostly_missing_is_damaged(read: Read) -> None:
    words = "BT /A 12 Tf 10 10 Td (This page of text is all that is left) Tj ET"
    bodies = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 8 0 R 9 0 R]/Count 3>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<</Font<</A 5 0 R>>>>/Contents 4 0 R>>",
        f"<</Length {len(words)}>>\nstream\n{words}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    with pytest.raises(UserMistake, match="pdf_damaged"):
        read("lost.pdf", write_objects(bodies))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_truncated_file_is_damaged_wherever_it_ends(read: Read, share: float) -> None:
    content = make_pdf([f"{FILLER} {number}" for number in range(20)])
    with pytest.raises(UserMistake, match="pdf_damaged"):
        read("short.pdf", content[: int(len(content) * share)])


def test_bytes_before_the_signature_are_allowed(read: Read) -> None:
    kind, pages = read("late.bin", b"\r\n\r\n" + make_pdf(["Something stood before this file."]))
    assert (kind, pages[0].text) == ("pdf", "Something stood before this file.")
