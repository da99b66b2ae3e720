"""``python -m processing.extract.read_child KIND PATH MEMORY CPU``: reads one file, writes its pages as JSON lines."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from errors import UserMistake
from processing.formats.detect_language import ARCHIVE
from processing.types import Page

Read = Callable[[Path], tuple[int | None, Iterator[Page]]]
DAMAGED = {"pdf": "pdf_damaged", "docx": "docx_damaged", "epub": "epub_damaged", ARCHIVE: "archive_damaged"}
PR_SET_PDEATHSIG = 1
# macOS refuses some limits; the parent's clock holds there too.
REFUSALS = (ValueError, OSError) if sys.platform == "darwin" else ()


def main() -> int:
    kind, path, memory, cpu = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    die_with_parent()
    # Libraries may print; only our lines go to the parent.
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    set_limits(memory, cpu)
    write_outcome(kind, path, lines)
    lines.flush()
    # Past this point there is nothing to clean up, and a hostile document may have left slow ruins behind.
    os._exit(0)


def die_with_parent() -> None:
    """A worker that is killed cannot end its child; where the kernel offers to, it does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def set_limits(memory: int, cpu: int) -> None:
    """Bounds that the kernel keeps: address space, processor seconds, nothing written to disk, few open files."""
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(*REFUSALS):
            resource.setrlimit(kind, (value, value))


def write_outcome(kind: str, path: Path, lines: TextIO) -> None:
    """All pages (of a film all passages) and an end, or what is wrong with the document."""
    try:
        kind = find_kind(kind, path)
        if kind == ARCHIVE:
            read_passages(path, lines)
        else:
            read_pages(kind, path, lines)
    except UserMistake as mistake:
        write(lines, mistake=mistake.key)
    except (MemoryError, RecursionError):
        write(lines, mistake="too_heavy")
    except Exception as error:
        # What a reader stumbles over in a document is a fault of the document until shown otherwise.
        write(lines, mistake=DAMAGED.get(kind, "text_unreadable"), cause=type(error).__name__)


def read_passages(path: Path, lines: TextIO) -> None:
    from processing.archive import read_film

    label, passages = read_film(path)
    write(lines, kind=ARCHIVE, total=label.total, name=label.name)
    for passage in passages:
        place = [passage.index, passage.first_page, passage.last_page]
        write(lines, passage=place, text=passage.text, heading=passage.heading)
    write(lines, end=True)


def read_pages(kind: str, path: Path, lines: TextIO) -> None:
    total, pages = choose_reader(kind)(path)
    write(lines, kind=kind, total=total)
    seen = False
    for page in pages:
        seen = seen or any(map(str.isalnum, page.text))
        write(lines, page=page.number, text=page.text)
    if not seen:
        raise UserMistake("no_text")
    write(lines, end=True)


def find_kind(kind: str, path: Path) -> str:
    if kind != "zip":
        return kind
    from processing.extract.zip_guard import find_zip_kind

    return find_zip_kind(path)


def choose_reader(kind: str) -> Read:
    """Only the libraries of this one format are loaded."""
    if kind == "pdf":
        from processing.extract.readers.pdf import read_pdf

        return read_pdf
    if kind == "docx":
        from processing.extract.readers.docx import read_docx

        return read_docx
    if kind == "epub":
        from processing.extract.readers.epub import read_epub

        return read_epub
    if kind == "html":
        from processing.extract.readers.html import read_html

        return read_html
    if kind == "markdown":
        from processing.extract.readers.markdown import read_markdown

        return read_markdown
    if kind == "text":
        from processing.extract.readers.text import read_text

        return read_text
    raise UserMistake("wrong_kind")


def write(lines: TextIO, **event: object) -> None:
    """One event; flushed at once, so that the parent sees each page when it is read."""
    lines.write(json.dumps(event) + "\n")
    lines.flush()


if __name__ == "__main__":
    sys.exit(main())
