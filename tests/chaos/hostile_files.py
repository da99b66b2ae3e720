"""Hostile files: small ones that expand to gigabytes, and sound ones with random damage or a wrong name."""

from __future__ import annotations

import random
import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from tests.documents import (
    W,
    make_bad_files,
    make_docx,
    make_epub,
    make_html,
    make_pdf,
    make_raw_docx,
    make_raw_epub,
    make_zip,
    write_objects,
)

TEXTS = [f"The heron stands in shallow water and waits for fish number {number}." for number in range(12)]
# The extension that a file gets instead of its own.
DISGUISES = {"pdf": "docx", "docx": "epub", "epub": "txt", "html": "pdf", "txt": "html", "md": "pdf", "mp4": "pdf"}
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + level)} "{f"&{chr(97 + level)};" * 10}">' for level in range(9)
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
File = tuple[str, bytes]


def list_bombs(folder: Path) -> Iterator[File]:
    """Files written by hand, as (name, content)."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, _ in make_bad_files(folder).values():
        yield path.name, path.read_bytes()
    yield from list_pdf_bombs()
    yield from list_packed_bombs()
    yield from list_text_bombs()


def list_pdf_bombs() -> Iterator[File]:
    yield "pages.pdf", make_many_pages(10_000)
    yield "deep_array.pdf", make_one_page("[" * 10_000 + "]" * 10_000)
    yield "deep_tree.pdf", make_deep_tree(10_000)
    yield "own_child.pdf", write_objects(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R]/Count 1>>"])
    yield "endless_text.pdf", make_one_page("null", "BT /F1 9 Tf " + "(heron) Tj " * 30_000 + "ET")
    yield (
        "huge_box.pdf",
        write_objects(
            [
                "<</Type/Catalog/Pages 2 0 R>>",
                "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99999999 99999999]>>",
            ]
        ),
    )


def make_many_pages(count: int) -> bytes:
    kids = " ".join(f"{number} 0 R" for number in range(3, count + 3))
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"
    return write_objects(
        ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {count}>>", *[page] * count]
    )


def make_one_page(extra: str, content: str = "") -> bytes:
    font = "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    return write_objects(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]{font}/Contents 4 0 R/X {extra}>>",
            f"<</Length {len(content)}>>\nstream\n{content}\nendstream",
        ]
    )


def make_deep_tree(depth: int) -> bytes:
    nodes = [f"<</Type/Pages/Kids[{number} 0 R]/Count 1>>" for number in range(3, depth + 3)]
    return write_objects(["<</Type/Catalog/Pages 2 0 R>>", *nodes, "<</Type/Page/MediaBox[0 0 9 9]>>"])


def list_packed_bombs() -> Iterator[File]:
    body = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>'
    yield "entities.docx", make_zip({"word/document.xml": ENTITIES + "]>" + body % "&j;"})
    yield "outside.docx", make_zip({"word/document.xml": OUTSIDE + body % "&e;"})
    yield "slip.docx", make_zip({"../../../../slipped": "out", "word/document.xml": body % " ".join(TEXTS)})
    yield "deep.docx", make_raw_docx("<w:p>" * 20_000 + "</w:p>" * 20_000)
    yield "members.docx", make_zip({f"word/part{number}.xml": "x" for number in range(60_000)})
    yield "forged.docx", forge_sizes(make_raw_docx("<w:p/>" * 3_000_000))
    yield "cut_directory.epub", make_epub(TEXTS)[:-30]
    yield "outside.epub", make_raw_epub({"a.xhtml": OUTSIDE + "<html><body><p>&e;</p></body></html>"})
    yield "slip.epub", make_raw_epub({"../../../etc/passwd": "x"})
    yield "deep.epub", make_raw_epub({"a.xhtml": "<html><body>" + "<div>" * 50_000 + "heron" + "</div>" * 50_000})
    yield "chapters.epub", make_raw_epub({f"c{number}.xhtml": f"<p>{TEXTS[0]}</p>" for number in range(150)})
    yield "nested.docx", make_zip({"word/document.xml": make_zip({"word/document.xml": body % "x"})})


def forge_sizes(packed: bytes) -> bytes:
    """Make every header of a zip say that its member has ten bytes."""
    forged = bytearray(packed)
    for info in zipfile.ZipFile(BytesIO(packed)).infolist():
        struct.pack_into("<L", forged, info.header_offset + 22, 10)
    central = packed.find(b"PK\x01\x02")
    while central >= 0:
        struct.pack_into("<L", forged, central + 24, 10)
        central = packed.find(b"PK\x01\x02", central + 4)
    return bytes(forged)


def list_text_bombs() -> Iterator[File]:
    yield "deep.html", b"<html><body>" + b"<div>" * 200_000 + b"heron"
    yield "attributes.html", b"<p " + b" ".join(b"a%d=1" % number for number in range(200_000)) + b">heron</p>"
    yield "table.html", b"<table>" + b"<tr><td>" * 60_000 + b"heron"
    yield "one_word.txt", b"heron" * 40_000
    yield "lines.txt", b"\n" * 3_000_000 + b"heron"
    yield "marks.txt", "a\u0301\u0302".encode() * 50_000
    yield "turned.txt", "\u202e".encode() * 50_000 + b"heron"
    yield "zeroes.txt", b"heron" + b"\0" * 500_000
    yield "wide.txt", " ".join(TEXTS).encode("utf-32")
    yield "half.txt", " ".join(TEXTS).encode("utf-16-le")
    yield "stars.md", b"*" * 60_000 + b"[" * 40_000 + b"heron"
    yield "quotes.md", b">" * 40_000 + b" heron"


def list_sound(film: bytes) -> dict[str, bytes]:
    """A sound file of every format that can be read, by extension."""
    text = "\n\n".join(TEXTS)
    return {
        "pdf": make_pdf(TEXTS[:4]),
        "docx": make_docx(TEXTS, table=[["a", "b"], ["c", "d"]]),
        "epub": make_epub(TEXTS[:4]),
        "html": make_html(TEXTS),
        "md": f"# Herons\n\n{text}".encode(),
        "txt": text.encode(),
        "mp4": film,
    }


def list_mutants(dice: random.Random, sound: dict[str, bytes], count: int) -> Iterator[File]:
    for number in range(count):
        kind = dice.choice(sorted(sound))
        yield f"mutant.{kind}", mutate(dice, sound[kind], number)


def list_wrongly_named(dice: random.Random, sound: dict[str, bytes], count: int) -> Iterator[File]:
    """Sound files with the extension of another format; no two are equal."""
    for number in range(count):
        kind = dice.choice(sorted(sound))
        tail = f"\n{number}".encode() if kind in {"txt", "md", "html"} else b""
        yield f"other.{DISGUISES[kind]}", sound[kind] + (tail or b"\0" * (number + 1))


def mutate(dice: random.Random, content: bytes, number: int) -> bytes:
    """The content with some bytes changed, and a piece removed or doubled."""
    hurt = bytearray(content)
    for _ in range(dice.choice((1, 3, 20, 200))):
        hurt[dice.randrange(len(hurt))] = dice.randrange(256)
    start, length = dice.randrange(len(hurt)), dice.randrange(1, 400)
    if number % 3 == 1:
        del hurt[start : start + length]
    elif number % 3 == 2:
        hurt[start:start] = hurt[start : start + length]
    return bytes(hurt) or b"x"
