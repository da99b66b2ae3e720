"""The table of formats is sound: nothing in it is ambiguous, every reader exists and every error key has a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.languages import LANGUAGES
from bot.texts import list_formats, say
from processing.extract.read_child import load_reader
from processing.formats.table import BY_EXTENSION, FORMATS, MISTAKES, UNREADABLE, ZIP, Content, Format

each_format = pytest.mark.parametrize("row", FORMATS, ids=lambda row: str(row.kind))


def list_repeated(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def test_no_two_formats_share_a_kind_an_extension_or_a_mime_type() -> None:
    assert list_repeated(row.kind for row in FORMATS) == []
    assert list_repeated(extension for row in FORMATS for extension in row.extensions) == []
    assert list_repeated(mime for row in FORMATS for mime in row.mime_types) == []
    assert list_repeated(row.label for row in FORMATS) == []


@each_format
def test_a_format_is_written_as_the_table_says(row: Format) -> None:
    assert re.fullmatch("[a-z]+", row.kind) and row.kind != ZIP
    assert row.extensions and all(re.fullmatch("[a-z0-9]+", extension) for extension in row.extensions)
    assert row.mime_types and all(re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", mime) for mime in row.mime_types)


@each_format
def test_a_format_can_be_recognised_by_its_content(row: Format) -> None:
    assert bool(row.magic) or row.content is not Content.BINARY
    assert bool(row.zip_member) == (row.content is Content.ZIP)


@each_format
def test_every_reader_can_be_loaded(row: Format) -> None:
    assert callable(load_reader(row))


def test_every_reader_module_has_its_row() -> None:
    modules = {row.reader.partition(":")[0] for row in FORMATS}
    folder = Path(__file__).parents[4] / "processing" / "extract" / "readers"
    readers = {f"processing.extract.readers.{path.stem}" for path in folder.glob("[!_]*.py")}
    assert readers and readers <= modules


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(MISTAKES))
def test_every_error_key_of_the_table_has_its_sentence(language: str, key: str) -> None:
    assert re.search(rf"^{key} = ", LANGUAGES[language].file.read_text(encoding="utf-8"), re.MULTILINE)
    assert say(language, key, label="PDF")


def test_a_readable_file_is_not_refused_before_the_download() -> None:
    assert not UNREADABLE & set(BY_EXTENSION)
    assert {"exe", "jpg", "xlsx", "zip"} <= UNREADABLE


def test_people_read_the_labels_of_all_formats_in_their_language() -> None:
    assert list_formats("en") == "PDF, DOCX, EPUB, HTML, Markdown or text"
    assert list_formats("it") == "PDF, DOCX, EPUB, HTML, Markdown o testo"
    for key in ("not_text", "photo_hint", "wrong_kind", "no_documents"):
        assert list_formats("it") in say("it", key)
