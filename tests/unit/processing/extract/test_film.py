"""Films that people send: those of a Socrate give every passage back, all others are refused."""

from __future__ import annotations

import base64
import gzip
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from errors import UserMistake
from processing.archive.validate import LONGEST_TEXT
from processing.extract import open_reader
from processing.formats.recognise import sniff_kind
from processing.types import Passage
from tests.films import NAME, describe_passage, film, make_empty_film, make_film, make_holiday_film, pack
from tests.unit.processing.archive.samples import make_passages

Breaking = Callable[[list[Passage]], list[Passage]]


def read_film(path: Path) -> tuple[str, list[Passage]]:
    """Return the document's name and passages, as the worker gets them."""
    assert sniff_kind(path.read_bytes()[:8192], "") == "archive"
    with open_reader(path, "archive", lambda done, total: None) as reader:
        passages = list(reader.iterate_passages())
        return reader.name, passages


def find_mistake(path: Path) -> str:
    with pytest.raises(UserMistake) as mistake:
        read_film(path)
    return mistake.value.key


def test_a_film_gives_name_and_passages_back(tmp_path: Path) -> None:
    passages = make_passages()
    assert read_film(make_film(tmp_path / "film", passages)) == (NAME, passages)


def test_progress_says_how_many_passages_there_are(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = make_film(tmp_path / "film", make_passages(5))
    with open_reader(path, "archive", lambda done, total: seen.append((done, total))) as reader:
        list(reader.iterate_passages())
    assert [step for step in seen if step[0]][-1] == (5, 5)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_film_cut_short_is_damaged(tmp_path: Path, share: float) -> None:
    path = make_film(tmp_path / "film", make_passages())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert find_mistake(path) == "archive_damaged"


def test_a_film_cut_in_its_table_of_contents_is_foreign(tmp_path: Path) -> None:
    """Nothing is left that says that a Socrate made it."""
    path = make_film(tmp_path / "film", make_passages())
    path.write_bytes(path.read_bytes()[:200])
    assert find_mistake(path) == "archive_foreign"


def test_a_film_with_noise_in_the_middle_is_damaged(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film", make_passages())
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    path.write_bytes(content)
    assert find_mistake(path) == "archive_damaged"


def test_a_film_without_frames_is_foreign(tmp_path: Path) -> None:
    assert find_mistake(make_empty_film(tmp_path / "film")) == "archive_foreign"


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_a_holiday_film_is_foreign(tmp_path: Path, codec: str) -> None:
    assert find_mistake(make_holiday_film(tmp_path / "film", codec=codec)) == "archive_foreign"


def test_a_film_with_larger_frames_than_any_of_ours_is_foreign(tmp_path: Path) -> None:
    assert find_mistake(make_holiday_film(tmp_path / "film", side=4096, frames=2)) == "archive_foreign"


def test_a_film_of_other_qr_codes_is_foreign(tmp_path: Path) -> None:
    assert find_mistake(film(tmp_path / "film", ["https://example.org/a-code"], maker="Someone")) == "archive_foreign"


def test_a_film_of_stock_memvid_is_foreign_because_it_has_no_pages(tmp_path: Path) -> None:
    payload = pack({"id": 0, "text": "A passage without its page.", "frame": 0})
    assert find_mistake(film(tmp_path / "film", [payload], maker="memvid.")) == "archive_foreign"


BROKEN: dict[str, Breaking] = {
    "first_missing": lambda all_: all_[1:],
    "one_missing": lambda all_: all_[:3] + all_[4:],
    "one_twice": lambda all_: all_[:4] + all_[3:],
    "two_swapped": lambda all_: [*all_[:3], all_[4], all_[3], *all_[5:]],
    "page_zero": lambda all_: [*all_[:3], replace(all_[3], first_page=0), *all_[4:]],
    "page_below_zero": lambda all_: [*all_[:3], replace(all_[3], first_page=-7, last_page=-2), *all_[4:]],
    "pages_backwards": lambda all_: [*all_[:3], replace(all_[3], first_page=9, last_page=8), *all_[4:]],
    "page_beyond_all": lambda all_: [*all_[:3], replace(all_[3], last_page=10**12), *all_[4:]],
    "no_text": lambda all_: [*all_[:3], replace(all_[3], text=" \n"), *all_[4:]],
    "giant_text": lambda all_: [*all_[:3], replace(all_[3], text="x" * (LONGEST_TEXT + 1)), *all_[4:]],
    "giant_heading": lambda all_: [*all_[:3], replace(all_[3], heading="h" * 1000), *all_[4:]],
    "nul": lambda all_: [*all_[:3], replace(all_[3], text="a\0b"), *all_[4:]],
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_film_whose_passages_are_not_sound_is_damaged(tmp_path: Path, how: str) -> None:
    assert find_mistake(make_film(tmp_path / "film", BROKEN[how](make_passages(8)))) == "archive_damaged"


@pytest.mark.parametrize("total", [2, 4, -1, 0, 10**9])
def test_a_film_with_another_number_of_passages_than_its_label_says_is_damaged(tmp_path: Path, total: int) -> None:
    payloads = [pack(describe_passage(number, total)) for number in range(3)]
    assert find_mistake(film(tmp_path / "film", payloads)) == "archive_damaged"


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "0"},
        {"text": 7},
        {"text": "\ud800 alone"},
        {"p": [1]},
        {"p": "12"},
        {"p": [1.5, 2]},
        {"h": ["list"]},
        {"socrate": {"name": 7, "total": 3, "model": "hash"}},
        {"socrate": ["hash"]},
    ],
)
def test_a_film_with_values_of_other_types_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    payloads = [pack(describe_passage(number, 3, **changed)) for number in range(3)]
    assert find_mistake(film(tmp_path / "film", payloads)) in {"archive_damaged", "archive_foreign"}


def test_a_gzip_bomb_in_a_code_is_not_unpacked(tmp_path: Path) -> None:
    """A code of 2.9 KB can hold gzip that expands to 2 MB, and a film can have thousands of them."""
    bomb = "GZ:" + base64.b64encode(gzip.compress(b'{"text": "' + b"x" * 2_000_000 + b'"}', mtime=0)).decode()
    first = pack(describe_passage(0, 300))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert find_mistake(film(tmp_path / "film", [first, *[bomb] * 20])) == "archive_damaged"
    assert find_mistake(film(tmp_path / "other", [bomb] * 20, maker="Someone")) == "archive_foreign"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 1_000_000)


def test_deep_json_in_a_code_is_refused(tmp_path: Path) -> None:
    deep = "GZ:" + base64.b64encode(gzip.compress(b"[" * 60_000, mtime=0)).decode()
    assert find_mistake(film(tmp_path / "film", [deep], maker="Someone")) == "archive_foreign"


def test_the_name_in_a_film_is_returned_unchanged(tmp_path: Path) -> None:
    """It is cleaned where it becomes the document's name, in ``processing/documents``."""
    path = make_film(tmp_path / "film", make_passages(2), "../../etc/passwd\u202efdp.exe")
    assert read_film(path)[0] == "../../etc/passwd\u202efdp.exe"
