"""An index is read back as it was written, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from processing.retrieval import index_file
from processing.retrieval.index_file import read_index, write_index
from processing.retrieval.lexical import build_lexical, compute_idf, match, score_matches, weigh_question

TEXTS = ("The walrus dives for clams in the sea.", "The compiler translates programs.", "Bread rises by the yeast.")


def test_stored_index_gives_the_same_scores(tmp_path: Path) -> None:
    made = build_lexical(TEXTS)
    write_index(made, tmp_path / "words.npz")
    read = read_index(tmp_path / "words.npz")
    assert read is not None and read.language == made.language == "english"
    scores = []
    for index in (made, read):
        matches = [match(index, weigh_question("Which walruses dive?", index.language))]
        scores.append(score_matches(matches, compute_idf(matches))[0])
    assert np.array_equal(scores[0], scores[1]) and scores[0].argmax() == 0 and scores[0].max() > 0


def test_empty_index_is_read_back(tmp_path: Path) -> None:
    write_index(build_lexical([]), tmp_path / "words.npz")
    read = read_index(tmp_path / "words.npz")
    assert read is not None and read.size == 0 and read.list_holders("walrus") == []


def test_file_of_another_format_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_file, "FORMAT", index_file.FORMAT + 1)
    write_index(build_lexical(TEXTS), tmp_path / "words.npz")
    monkeypatch.undo()
    assert read_index(tmp_path / "words.npz") is None


@pytest.mark.parametrize("kept", [0, 10, 400])
def test_damaged_file_is_not_read(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "words.npz"
    write_index(build_lexical(TEXTS), path)
    path.write_bytes(path.read_bytes()[:kept])
    assert read_index(path) is None
