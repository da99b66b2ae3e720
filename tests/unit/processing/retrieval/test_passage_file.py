"""Passages are read back as they were written, also from files of earlier versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from processing.retrieval.passage_file import read_passages, write_passages
from processing.types import Passage

PASSAGE = Passage(3, "Walruses dive.\nSeals swim.", 7, 8, "Animals", page_breaks=((15, 8),))
OLD = {"index": 3, "text": PASSAGE.text, "first_page": 7, "last_page": 8, "heading": "Animals"}


def test_passages_are_read_back_with_their_page_breaks(tmp_path: Path) -> None:
    write_passages([PASSAGE], tmp_path / "passages.jsonl")
    [stored] = map(json.loads, (tmp_path / "passages.jsonl").read_text(encoding="utf-8").splitlines())
    assert stored["page_breaks"] == [[15, 8]]
    [passage] = read_passages(tmp_path / "passages.jsonl")
    assert (passage, passage.page_breaks) == (PASSAGE, PASSAGE.page_breaks)


@pytest.mark.parametrize(
    ("more", "page_breaks"), [({"turns": [[15, 8]]}, ((15, 8),)), ({"turns": []}, ()), ({}, ())], ids=str
)
def test_files_of_earlier_versions_are_read(
    tmp_path: Path, more: dict[str, list[list[int]]], page_breaks: tuple[tuple[int, int], ...]
) -> None:
    (tmp_path / "passages.jsonl").write_text(json.dumps(OLD | more) + "\n", encoding="utf-8")
    [passage] = read_passages(tmp_path / "passages.jsonl")
    assert (passage, passage.page_breaks) == (PASSAGE, page_breaks)
