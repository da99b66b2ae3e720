"""Other programs read the archives: memvid as it is published, and ffmpeg with zbarimg."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.stock import whole_memvid
from processing.archive import build_archive
from processing.archive.frames import Label, make_payload
from processing.embedding import make_embedder
from processing.embedding.models import MINILM, find_model
from processing.types import Passage
from tests.unit.processing.archive.samples import get_embedder, ignore_progress, make_passages

NAME = "samples.pdf"
PASSAGES = make_passages() + [
    Passage(number, f"Paragraph {number}. " + "All work and no play makes it longer. " * (number % 9), number, number)
    for number in range(len(make_passages()), 80)
]


@pytest.fixture(scope="module", autouse=True)
def _whole_memvid() -> Iterator[None]:
    with whole_memvid():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    build_archive(PASSAGES, folder, name=NAME, embedder=get_embedder(), on_progress=ignore_progress)
    return folder


@pytest.fixture(scope="module")
def minilm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with vectors of the model that memvid has by default, which is the only one that it can search."""
    folder = tmp_path_factory.mktemp("minilm")
    build_archive(PASSAGES, folder, name=NAME, embedder=make_embedder(MINILM), on_progress=ignore_progress)
    return folder


def open_stock(folder: Path) -> object:
    """Return memvid's own retriever, with the model of the local folder: there may be no network."""
    from memvid import MemvidRetriever
    from memvid.config import get_default_config

    config = get_default_config()
    config["embedding"]["model"] = str(find_model(MINILM))
    return MemvidRetriever(str(folder / "archive.mp4"), str(folder / "archive.json"), config=config)


@pytest.mark.parametrize(
    ("question", "index"),
    [("Which animal dives for clams?", 0), ("What does a linker do?", 1), ("Why does bread rise?", 4)],
)
def test_stock_retriever_finds_the_passage(minilm_folder: Path, question: str, index: int) -> None:
    found = open_stock(minilm_folder).search(question, top_k=3)  # type: ignore[attr-defined]
    assert found[0] == PASSAGES[index].text


def test_stock_retriever_has_every_passage(folder: Path) -> None:
    stock = open_stock(folder)
    assert stock.total_frames == len(PASSAGES)  # type: ignore[attr-defined]
    texts = [stock.get_chunk_by_id(passage.index) for passage in PASSAGES]  # type: ignore[attr-defined]
    assert texts == [passage.text for passage in PASSAGES]


def test_stock_seeking_finds_the_frame_by_its_number(folder: Path) -> None:
    """memvid seeks in a film with OpenCV."""
    import cv2
    from memvid.utils import extract_frame

    from processing.archive.frames import read_payload, read_qr

    for number in (79, 0, 41, 7, 78, 30, 29):
        grey = cv2.cvtColor(extract_frame(str(folder / "archive.mp4"), number), cv2.COLOR_BGR2GRAY)
        assert read_payload(read_qr(grey) or "")[0] == PASSAGES[number]


def test_stock_decoder_reads_the_same_passages(folder: Path) -> None:
    """OpenCV's decoder does not read every code; those that it reads have memvid's content."""
    from memvid.utils import extract_and_decode_cached

    read = 0
    for passage in PASSAGES[:30]:
        said = extract_and_decode_cached(str(folder / "archive.mp4"), passage.index)
        if said:
            read += 1
            data = json.loads(said)
            assert (data["id"], data["text"], data["frame"]) == (passage.index, passage.text, passage.index)
    assert read > 0


def test_ffmpeg_and_zbarimg_read_every_frame(folder: Path, tmp_path: Path) -> None:
    for program in ("ffmpeg", "zbarimg"):
        if shutil.which(program) is None:
            assert not os.environ.get("CI"), f"{program} is missing"
            pytest.skip(f"{program} is not installed")
    frames = tmp_path / "%05d.png"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", str(folder / "archive.mp4"), str(frames)], check=True)
    pictures = sorted(str(path) for path in tmp_path.glob("*.png"))
    command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", *pictures]
    read = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    label = Label(NAME, len(PASSAGES), get_embedder().model)
    assert read == [make_payload(passage, label) for passage in PASSAGES]
