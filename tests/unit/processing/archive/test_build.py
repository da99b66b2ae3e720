"""An archive is complete and exact, or there is none."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from errors import Cancelled, LeaseLost, StorageUnavailable, UserMistake
from processing.archive import build_archive, check_hashes, film, read_film, read_vectors
from processing.archive.build import FILES
from processing.archive.film import ArchiveUnreadable, Strength
from processing.embedding.e5 import E5Embedder
from processing.types import Passage
from tests.unit.processing.archive.samples import HashEmbedder, ignore_progress, make_passages

NAME = "Été à l'«ombre».tar.pdf"


def make_archive(folder: Path, passages: Sequence[Passage]) -> None:
    build_archive(passages, folder, name=NAME, embedder=HashEmbedder(), on_progress=ignore_progress)


def test_the_video_alone_gives_all_passages_back(tmp_path: Path) -> None:
    passages = make_passages()
    make_archive(tmp_path, passages)
    label, back = read_film(tmp_path / "archive.mp4")
    assert list(back) == passages
    assert (label.name, label.total, label.model) == (NAME, len(passages), "hash")


def test_a_document_of_one_passage_has_an_archive(tmp_path: Path) -> None:
    make_archive(tmp_path, make_passages(1))
    assert list(read_film(tmp_path / "archive.mp4")[1]) == make_passages(1)
    assert read_vectors(tmp_path / "archive.faiss").shape == (1, HashEmbedder.dimension)


def test_the_facts_describe_the_files(tmp_path: Path) -> None:
    passages = make_passages()
    facts = build_archive(passages, tmp_path, name=NAME, embedder=HashEmbedder(), on_progress=ignore_progress)
    assert (facts.passages, facts.frames, facts.model) == (len(passages), len(passages), "hash")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES) == sorted(facts.sha256)
    assert facts.video_bytes == (tmp_path / "archive.mp4").stat().st_size
    check_hashes({file: tmp_path / file for file in FILES}, facts.sha256)


@pytest.mark.parametrize("file", FILES)
def test_a_changed_file_is_noticed(tmp_path: Path, file: str) -> None:
    facts = build_archive(make_passages(3), tmp_path, name=NAME, embedder=HashEmbedder(), on_progress=ignore_progress)
    content = bytearray((tmp_path / file).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / file).write_bytes(content)
    with pytest.raises(StorageUnavailable):
        check_hashes({file: tmp_path / file}, facts.sha256)


def test_vectors_are_in_the_order_of_the_passages(tmp_path: Path) -> None:
    passages = make_passages()
    make_archive(tmp_path, passages)
    wanted = HashEmbedder().embed([passage.text for passage in passages])
    np.testing.assert_allclose(read_vectors(tmp_path / "archive.faiss"), wanted, atol=1e-6)


def test_progress_of_each_stage_runs_from_zero_to_all(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    passages = [Passage(number, f"Passage number {number}.", 1, 1) for number in range(70)]
    build_archive(passages, tmp_path, name=NAME, embedder=HashEmbedder(), on_progress=lambda *now: seen.append(now))
    for stage in ("embedding", "filming", "checking"):
        steps = [done for name, done, total in seen if name == stage and total == 70]
        assert steps == [0, 32, 64, 70]
    assert [name for name, done, _ in seen if done == 0] == ["embedding", "filming", "checking"]


@pytest.mark.parametrize("error", [Cancelled, LeaseLost, KeyboardInterrupt])
@pytest.mark.parametrize("stage", ["embedding", "filming", "checking"])
def test_stopping_between_batches_leaves_no_file(tmp_path: Path, stage: str, error: type[BaseException]) -> None:
    calls = 0

    def stop(now: str, done: int, total: int) -> None:
        nonlocal calls
        if now == stage and done:
            calls += 1
            raise error

    with pytest.raises(error):
        build_archive(make_passages(), tmp_path, name=NAME, embedder=HashEmbedder(), on_progress=stop)
    assert calls == 1
    assert list(tmp_path.iterdir()) == []


def test_a_failing_embedder_leaves_no_file(tmp_path: Path) -> None:
    class Broken(HashEmbedder):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError):
        build_archive(make_passages(), tmp_path, name=NAME, embedder=Broken(), on_progress=ignore_progress)
    assert list(tmp_path.iterdir()) == []


def test_an_unreadable_film_is_made_again_with_the_next_strength(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "STRENGTHS", (Strength(2, 50, 3), Strength(2, 18, None)))
    stages: list[str] = []
    build_archive(
        make_passages(),
        tmp_path,
        name=NAME,
        embedder=HashEmbedder(),
        on_progress=lambda stage, done, _: stages.append(stage) if not done else None,
    )
    assert stages == ["embedding", "filming", "checking", "filming", "checking"]
    assert list(read_film(tmp_path / "archive.mp4")[1]) == make_passages()


def test_a_film_unreadable_at_every_strength_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "STRENGTHS", (Strength(2, 50, 3), Strength(2, 51, None)))
    with pytest.raises(ArchiveUnreadable) as refused:
        make_archive(tmp_path, make_passages())
    assert refused.value.key == "archive_unreadable"
    assert list(tmp_path.iterdir()) == []


def test_a_passage_too_large_for_any_code_is_an_error(tmp_path: Path) -> None:
    noise = "".join(random.Random(1).choices([chr(code) for code in range(0x4E00, 0x9FFF)], k=3000))
    with pytest.raises(ArchiveUnreadable):
        make_archive(tmp_path, [Passage(0, noise, 1, 1)])
    assert list(tmp_path.iterdir()) == []


def test_a_film_of_other_passages_is_not_exact(tmp_path: Path) -> None:
    passages = make_passages()
    make_archive(tmp_path, passages)
    video = tmp_path / "archive.mp4"
    assert film.is_exact(passages, video, ignore_progress)
    for others in (passages[::-1], passages[:-1], [*passages, passages[0]], [replace(passages[0], first_page=9)]):
        assert not film.is_exact(others, video, ignore_progress)


def test_building_prints_nothing(tmp_path: Path) -> None:
    """memvid prints when it is imported and when it works."""
    code = (
        "from pathlib import Path\n"
        "from processing.archive import build_archive\n"
        "from tests.unit.processing.archive.samples import HashEmbedder, ignore_progress, make_passages\n"
        f"build_archive(make_passages(3), Path({str(tmp_path)!r}), name='x', embedder=HashEmbedder(),"
        " on_progress=ignore_progress)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_a_file_that_is_no_video_is_foreign(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no film at all")
    with pytest.raises(UserMistake) as refused:
        read_film(path)
    assert refused.value.key == "archive_foreign"


def test_a_film_cut_short_is_damaged(tmp_path: Path) -> None:
    film = tmp_path / "archive.mp4"
    make_archive(tmp_path, make_passages())
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    with pytest.raises(UserMistake) as refused:
        list(read_film(film)[1])
    assert refused.value.key == "archive_damaged"


def test_the_default_model_finds_a_passage_by_its_meaning(tmp_path: Path, embedder: E5Embedder) -> None:
    build_archive(make_passages(), tmp_path, name=NAME, embedder=embedder, on_progress=ignore_progress)
    vectors = read_vectors(tmp_path / "archive.faiss")
    question = embedder.embed_question("How does dough get its bubbles?")
    assert int((vectors @ question).argmax()) == 4
