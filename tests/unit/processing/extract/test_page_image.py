"""The picture of a page highlights the passage, and a hostile file gives no picture."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from processing.extract import draw_child
from processing.extract.page_image import Limits, draw_passage
from processing.types import Picture, PictureOrder
from tests.documents import make_form_bomb, make_pdf

TOP = "Seals rest on rocks along the coast and hunt at night."
MIDDLE = "The walrus weighs about 1,200 kilograms and dives for clams."
BOTTOM = "Otters hold hands while they sleep so that none drifts away."
GAP = "\n" * 20


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "original"
    path.write_bytes(make_pdf(["A page about whales, far away.", f"{TOP}{GAP}{MIDDLE}{GAP}{BOTTOM}"]))
    return path


def list_coloured_rows(picture: Picture | None) -> list[int]:
    """Return the rows with colour in them, as hundredths of the height; the page itself is black on white."""
    assert picture is not None
    image = Image.open(io.BytesIO(picture.jpeg)).convert("RGB")
    saturation = image.convert("HSV").getchannel("S").point(lambda value: 255 if value > 40 else 0)
    rows = saturation.resize((1, image.height), Image.Resampling.BOX).tobytes()
    return sorted({row * 100 // image.height for row, value in enumerate(rows) if value > 20})


def test_the_passage_and_nothing_else_is_highlighted(pdf: Path) -> None:
    picture = draw_passage(pdf, PictureOrder(1, 2, MIDDLE, "weighs about 1,200 kilograms"))
    assert picture is not None and picture.page == 2
    assert Image.open(io.BytesIO(picture.jpeg)).width == 1200
    rows = list_coloured_rows(picture)
    assert rows == list(range(rows[0], rows[-1] + 1)) and len(rows) <= 4


@pytest.mark.parametrize(("text", "low", "high"), [(TOP, 2, 8), (MIDDLE, 27, 35), (BOTTOM, 52, 60)])
def test_a_passage_is_highlighted_where_it_is_on_the_page(pdf: Path, text: str, low: int, high: int) -> None:
    rows = list_coloured_rows(draw_passage(pdf, PictureOrder(2, 2, text, text)))
    assert low <= rows[0] and rows[-1] <= high


def test_a_passage_is_found_whatever_its_layout(pdf: Path) -> None:
    spoiled = MIDDLE.replace("kilograms", "kilo-\ngrams").replace("weighs", "WEIGHS ")
    assert list_coloured_rows(draw_passage(pdf, PictureOrder(2, 2, spoiled, spoiled)))


def test_of_a_passage_on_two_pages_the_one_with_the_words_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "original"
    path.write_bytes(make_pdf([f"Whales.{GAP}{MIDDLE}", BOTTOM]))
    passage = f"{MIDDLE} {BOTTOM}"
    for words, page in (("dives for clams", 1), ("hold hands while they sleep", 2)):
        for pages in ((1, 2), (page, page)):
            picture = draw_passage(path, PictureOrder(*pages, passage, words))
            assert picture is not None and picture.page == page


def test_few_words_at_the_top_of_a_page_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "original"
    path.write_bytes(make_pdf([MIDDLE, "Not so."]))
    picture = draw_passage(path, PictureOrder(2, 2, f"{MIDDLE}\nNot so.", "Not so."))
    assert picture is not None and picture.page == 2


@pytest.mark.parametrize(
    "content",
    [
        make_form_bomb(),
        b"%PDF-1.7\n" + bytes(range(256)) * 40,
        make_pdf(["The walrus dives."], password="secret"),
        b"",
    ],
    ids=["form in itself", "garbage", "locked", "empty"],
)
def test_a_hostile_file_gives_no_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "original"
    path.write_bytes(content)
    assert draw_passage(path, PictureOrder(1, 1, MIDDLE, MIDDLE)) is None


def test_a_passage_that_is_not_on_the_page_gives_no_picture(pdf: Path) -> None:
    assert draw_passage(pdf, PictureOrder(1, 1, MIDDLE, MIDDLE)) is None
    assert draw_passage(pdf, PictureOrder(7, 9, MIDDLE, MIDDLE)) is None


def test_a_child_that_takes_too_long_is_ended(pdf: Path) -> None:
    assert draw_passage(pdf, PictureOrder(2, 2, MIDDLE, MIDDLE), Limits(wall_seconds=0.01)) is None


def test_the_child_draws_what_its_code_draws_here(pdf: Path) -> None:
    picture = draw_passage(pdf, PictureOrder(1, 2, MIDDLE, "weighs about 1,200 kilograms"))
    with pdf.open("rb") as file:
        found, jpeg = draw_child.draw_passage(file, range(1, 3), MIDDLE, "weighs about 1,200 kilograms", 0)
    assert picture is not None and (picture.page, picture.jpeg) == (found.page, jpeg)


def test_a_page_whose_pictures_have_too_many_pixels_is_not_drawn(tmp_path: Path) -> None:
    path = tmp_path / "original"
    path.write_bytes(make_pdf([MIDDLE], image_only=True))
    order = PictureOrder(1, 1, MIDDLE, MIDDLE)
    assert draw_passage(path, order, Limits(pixels=60 * 80)) is not None
    assert draw_passage(path, order, Limits(pixels=60 * 80 - 1)) is None
    with path.open("rb") as file, pytest.raises(ValueError, match="pixels"):
        draw_child.draw_passage(file, range(1, 2), MIDDLE, MIDDLE, 60 * 80 - 1)
