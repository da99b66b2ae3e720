"""A new format is one row of the table and one reader module: shown on a copy of the code that is given one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
PARTS = ("errors.py", "settings.py", "bot", "processing", "db", "storage")
ROW = """
    Format(
        kind="rot",
        label="ROT13",
        extensions=("rot", "ppt"),
        mime_types=("text/x-rot13",),
        content=Content.BINARY,
        magic=lambda head: head.startswith(b"ROT13"),
        reader="processing.extract.readers.rot:read",
    ),
"""
READER = '''
"""Reads ROT13: every line is a page."""

import codecs
from typing import BinaryIO

from processing.types import Page


def read(file: BinaryIO):
    lines = file.read().decode("utf-8").splitlines()[1:]
    return len(lines), (Page(number, decode(line)) for number, line in enumerate(lines, 1))


def decode(line: str) -> str:
    if not line.strip():
        raise ZeroDivisionError
    return codecs.decode(line, "rot13")
'''
SCRIPT = """
import json, sys
from pathlib import Path
from bot.texts import say
from errors import UserMistake
from processing.extract import open_reader
from processing.formats.recognise import sniff_kind
from processing.formats.table import UNREADABLE

path = Path(sys.argv[1])
result = {"refused": path.suffix[1:] in UNREADABLE, "hint": say("en", "not_text")}
try:
    kind = sniff_kind(path.read_bytes()[:8192], path.name)
    with open_reader(path, kind, lambda done, total: None) as reader:
        result["pages"] = [(page.number, page.text) for page in reader]
        result["kind"], result["total"] = reader.kind, reader.total
except UserMistake as mistake:
    result["sentence"] = say("en", mistake.key, **mistake.facts)
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with the row and the reader, and no other change."""
    folder = tmp_path_factory.mktemp("product")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, folder / part)
    table = folder / "processing" / "formats" / "table.py"
    source = table.read_text(encoding="utf-8")
    assert source.count("\nFORMATS = (\n") == 1
    table.write_text(source.replace("\nFORMATS = (\n", f"\nFORMATS = (\n{ROW}"), encoding="utf-8")
    (folder / "processing" / "extract" / "readers" / "rot.py").write_text(READER, encoding="utf-8")
    return folder


def read(product: Path, name: str, content: bytes) -> dict[str, Any]:
    """What the copy makes of a file: read by its own child process."""
    path = product / name
    path.write_bytes(content)
    command = [sys.executable, "-c", SCRIPT, str(path)]
    done = subprocess.run(command, cwd=product, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_file_of_the_new_format_is_read_page_by_page(product: Path) -> None:
    result = read(product, "secret.bin", b"ROT13\nGur jnyehf qvirf.\nVpr qevsgf.\n")
    assert (result["kind"], result["total"]) == ("rot", 2)
    assert result["pages"] == [[1, "The walrus dives."], [2, "Ice drifts."]]


def test_the_hint_for_an_unreadable_file_names_the_new_format(product: Path) -> None:
    result = read(product, "walrus.ppt", b"ROT13\nGur jnyehf qvirf.\n")
    assert "ROT13, PDF, DOCX" in result["hint"]
    assert not result["refused"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("broken.rot", b"ROT13\nGur jnyehf.\n\nVpr.\n"), ("letter.rot", b"Dear Sir or Madam"), ("noise.rot", bytes(99))],
    ids=["reader fails", "text", "binary"],
)
def test_a_damaged_file_of_the_new_format_has_its_sentence(product: Path, name: str, content: bytes) -> None:
    assert read(product, name, content)["sentence"].startswith("This is not a working ROT13 file.")
