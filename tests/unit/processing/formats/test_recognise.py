"""A file's content says what it is; its name only tells text formats from each other."""

from __future__ import annotations

import pytest

from errors import UserMistake
from processing.formats.recognise import guess_zip, recognise_zip, sniff_kind

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00"
ZIP = b"PK\x03\x04\x14\x00"
EPUB = ZIP + bytes(24) + b"mimetypeapplication/epub+zipPK\x03\x04"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (PDF, "notes.txt", "pdf"),
        (b"\xef\xbb\xbf\r\n" + PDF, "notes", "pdf"),
        (b"junk from a mail gateway\n" + PDF, "notes", "pdf"),
        (MP4, "holiday.pdf", "archive"),
        (ZIP, "letter.docx", "zip"),
        (b"<!DOCTYPE html><p>Hello.", "page.txt", "html"),
        (b"<?xml version='1.0'?>\n<!-- a --><!-- b --><HTML>", "page", "html"),
        ("<html><p>Hello.".encode("utf-16"), "page", "html"),
        (b"Just a fragment.", "page.HTM", "html"),
        (b"# A heading", "README.MD", "markdown"),
        (b"# A heading", "notes.txt", "text"),
        (b"The signature %PDF- is what a PDF begins with.", "about.txt", "text"),
        (b"Text under the name of a PDF.", "notes.pdf", "text"),
        (b"Text under an unknown name.", "notes.xyz", "text"),
        (b"MZ is how programs begin.", "about.txt", "text"),
        ("Привет, мир, и вам тоже, друзья".encode("utf-16-le"), "letter", "text"),
        ("Il caffè è caldo.".encode("latin-1"), "letter", "text"),
    ],
)
def test_a_file_is_recognised_by_its_content(head: bytes, name: str, kind: str) -> None:
    assert sniff_kind(head, name) == kind


@pytest.mark.parametrize(
    ("head", "name", "key"),
    [
        (b"", "notes.pdf", "file_empty"),
        (PNG, "picture.txt", "wrong_kind"),
        (PNG, "notes.pdf", "wrong_kind"),
        (PNG, "letter.docx", "docx_damaged"),
        (PNG, "film.mp4", "archive_foreign"),
        (b"Dear Sir or Madam", "letter.docx", "docx_damaged"),
        (b"Once upon a time", "book.EPUB", "epub_damaged"),
        (b"Not a film", "film.mp4", "archive_foreign"),
        (b"MZ\x90\x00\x03 is a program", "setup.bin", "wrong_kind"),
        (bytes(range(256)) * 4, "noise.txt", "wrong_kind"),
    ],
)
def test_other_content_is_refused_with_the_sentence_for_its_name(head: bytes, name: str, key: str) -> None:
    with pytest.raises(UserMistake) as mistake:
        sniff_kind(head, name)
    assert mistake.value.key == key


@pytest.mark.parametrize(
    ("head", "names", "kind"),
    [
        (ZIP, {"word/document.xml", "[Content_Types].xml"}, "docx"),
        (ZIP, {"META-INF/container.xml", "OPS/book.opf"}, "epub"),
        (EPUB, {"mimetype"}, "epub"),
    ],
)
def test_a_zip_is_recognised_by_its_members(head: bytes, names: set[str], kind: str) -> None:
    assert recognise_zip(head, names).kind == kind


@pytest.mark.parametrize(
    ("names", "key"),
    [({"word/styles.xml"}, "docx_damaged"), ({"photo.jpg"}, "wrong_kind"), ({"META-INF/MANIFEST.MF"}, "wrong_kind")],
)
def test_a_zip_without_a_main_member_is_damaged_or_of_no_format(names: set[str], key: str) -> None:
    with pytest.raises(UserMistake) as mistake:
        recognise_zip(ZIP, names)
    assert mistake.value.key == key


def test_a_damaged_zip_is_taken_for_what_its_beginning_names() -> None:
    assert guess_zip(EPUB).kind == "epub"
    assert guess_zip(ZIP + bytes(24) + b"word/document.xml").kind == "docx"
