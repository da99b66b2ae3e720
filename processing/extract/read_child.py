"""The reading child: reads one untrusted file. ``processing.locks.child`` runs it.

Its argument is the kind of the file. It writes one JSON object a line: ``kind`` and ``total``, then every page (of a
film: every passage), then ``end``. If the file cannot be read, the last line is ``mistake``, an error key.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, BinaryIO, TextIO

from errors import UserMistake
from processing.extract.zip_guard import Packed
from processing.formats.recognise import guess_zip, recognise_zip
from processing.formats.table import BY_KIND, WRONG_KIND, ZIP, Format
from processing.locks.order import Task
from processing.types import Page, Passage

Read = Callable[[BinaryIO], tuple[int | None, Iterator[Page]]]
HEAD_BYTES = 8192


def main(task: Task) -> None:
    assert task.file is not None
    lines = io.TextIOWrapper(task.out, encoding="utf-8")
    write_outcome(task.arguments[0], task.file, lines)
    lines.flush()


def write_outcome(kind: str, file: BinaryIO, lines: TextIO) -> None:
    """Write all pages or passages and ``end``, or the mistake if the file cannot be read."""
    row = BY_KIND.get(kind)
    try:
        if kind == ZIP:
            # If the zip cannot be opened, the mistake names the likeliest format.
            head = read_head(file)
            row = guess_zip(head)
            row = recognise_zip(head, Packed(file, row.damaged).names)
        if row is None:
            raise UserMistake(WRONG_KIND)
        (write_passages if row.holds_passages else write_pages)(row, file, lines)
    except UserMistake as mistake:
        write_mistake(lines, mistake.key, row)
    except (MemoryError, RecursionError):
        write_mistake(lines, "too_heavy", row)
    except Exception as error:
        # The reader does not know this error. The file counts as damaged, and the parent logs the error's class.
        write_mistake(lines, row.damaged if row else WRONG_KIND, row, cause=type(error).__name__)


def read_head(file: BinaryIO) -> bytes:
    """Return the first bytes, and go back to the beginning."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    return head


def load_reader(row: Format) -> Callable[[BinaryIO], Any]:
    """Return the format's reader. It is imported here, so that no other format's libraries are loaded."""
    module, _, function = row.reader.partition(":")
    reader: Callable[[BinaryIO], Any] = getattr(import_module(module), function)
    return reader


def write_pages(row: Format, file: BinaryIO, lines: TextIO) -> None:
    read: Read = load_reader(row)
    total, pages = read(file)
    write(lines, kind=row.kind, total=total)
    has_text = False
    for page in pages:
        has_text = has_text or any(map(str.isalnum, page.text))
        write(lines, page=page.number, text=page.text)
    if not has_text:
        raise UserMistake("no_text")
    write(lines, end=True)


def write_passages(row: Format, file: BinaryIO, lines: TextIO) -> None:
    label, passages = load_reader(row)(file)
    write(lines, kind=row.kind, total=label.total, name=label.name)
    passage: Passage
    for passage in passages:
        numbers = [passage.index, passage.first_page, passage.last_page]
        write(lines, passage=numbers, text=passage.text, heading=passage.heading)
    write(lines, end=True)


def write_mistake(lines: TextIO, key: str, row: Format | None, **cause: str) -> None:
    """Write an error key and the format of the file, which the parent needs for its sentence to the person."""
    write(lines, mistake=key, format=row.kind if row else "", **cause)


def write(lines: TextIO, **event: object) -> None:
    """Write one event and flush it, so that the parent sees each page as soon as it is read."""
    lines.write(json.dumps(event) + "\n")
    lines.flush()
