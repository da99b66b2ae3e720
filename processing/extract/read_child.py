"""The reading child: ``python -m processing.extract.read_child KIND PATH MEMORY CPU`` reads one untrusted file.

MEMORY is bytes of address space, CPU processor seconds. It writes one JSON object a line: ``kind`` and ``total``,
then every page (of a film: every passage), then ``end``. If the file cannot be read, the last line is ``mistake``, an
error key.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from errors import UserMistake
from processing.extract.child_limits import end_with_parent, set_limits
from processing.extract.zip_guard import Packed
from processing.formats.recognise import guess_zip, recognise_zip
from processing.formats.table import BY_KIND, WRONG_KIND, ZIP, Format
from processing.types import Page, Passage

Read = Callable[[Path], tuple[int | None, Iterator[Page]]]
HEAD_BYTES = 8192


def main() -> int:
    kind, path, memory, cpu_seconds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    end_with_parent()
    # Libraries may print to standard output, so it is redirected. Only the lines written here go to the parent.
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    set_limits(memory, cpu_seconds)
    write_outcome(kind, path, lines)
    lines.flush()
    # Exit without cleaning up: to free what a hostile document leaves in memory may take long.
    os._exit(0)


def write_outcome(kind: str, path: Path, lines: TextIO) -> None:
    """Write all pages or passages and ``end``, or the mistake if the file cannot be read."""
    row = BY_KIND.get(kind)
    try:
        if kind == ZIP:
            # If the zip cannot be opened, the mistake names the likeliest format.
            head = read_head(path)
            row = guess_zip(head)
            row = recognise_zip(head, Packed(path, row.damaged).names)
        if row is None:
            raise UserMistake(WRONG_KIND)
        (write_passages if row.holds_passages else write_pages)(row, path, lines)
    except UserMistake as mistake:
        write_mistake(lines, mistake.key, row)
    except (MemoryError, RecursionError):
        write_mistake(lines, "too_heavy", row)
    except Exception as error:
        # The reader does not know this error. The file counts as damaged, and the parent logs the error's class.
        write_mistake(lines, row.damaged if row else WRONG_KIND, row, cause=type(error).__name__)


def read_head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def load_reader(row: Format) -> Callable[[Path], Any]:
    """Return the format's reader. It is imported here, so that no other format's libraries are loaded."""
    module, _, function = row.reader.partition(":")
    reader: Callable[[Path], Any] = getattr(import_module(module), function)
    return reader


def write_pages(row: Format, path: Path, lines: TextIO) -> None:
    read: Read = load_reader(row)
    total, pages = read(path)
    write(lines, kind=row.kind, total=total)
    has_text = False
    for page in pages:
        has_text = has_text or any(map(str.isalnum, page.text))
        write(lines, page=page.number, text=page.text)
    if not has_text:
        raise UserMistake("no_text")
    write(lines, end=True)


def write_passages(row: Format, path: Path, lines: TextIO) -> None:
    label, passages = load_reader(row)(path)
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


if __name__ == "__main__":
    sys.exit(main())
