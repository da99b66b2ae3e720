"""A film that leaves after its document was renamed carries the new name, and the same frames."""

from __future__ import annotations

from pathlib import Path

from processing.archive import read_film
from processing.archive.rename import open_renamed
from processing.archive.video import is_made_here
from tests.films import NAME, make_film
from tests.unit.processing.archive.samples import make_passages

NEW_NAME = "Die Straße – «neu» ✓.pdf"


def test_a_renamed_film_carries_its_new_name_and_the_same_passages(tmp_path: Path) -> None:
    passages = make_passages()
    film = make_film(tmp_path / "archive.mp4", passages)
    with open_renamed(film, NEW_NAME, tmp_path / "scratch") as path:
        label, found = read_film(path)
        assert (label.name, label.total, list(found)) == (NEW_NAME, len(passages), passages)
        assert is_made_here(path)
        with open_renamed(path, NAME, tmp_path / "scratch") as back:
            assert read_film(back)[0].name == NAME
    assert list((tmp_path / "scratch").iterdir()) == []
    assert read_film(film)[0].name == NAME


def test_a_film_with_its_name_is_not_copied_nor_one_that_cannot_be_read(tmp_path: Path) -> None:
    film, broken = make_film(tmp_path / "archive.mp4", make_passages(3)), tmp_path / "broken.mp4"
    broken.write_bytes(b"not a film")
    for path in (film, broken):
        with open_renamed(path, NAME, tmp_path / "scratch") as named:
            assert named == path
