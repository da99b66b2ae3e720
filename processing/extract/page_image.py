"""Draws a page of an untrusted PDF in a child process. This is the parent's side: it limits time and bytes."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from processing.locks import end_child, start_child
from processing.types import Picture, PictureOrder

MODULE = "processing.extract.draw_child"
# In bytes: the line of JSON before the picture.
LONGEST_HEAD = 200
JPEG = b"\xff\xd8\xff"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one picture may take: address space in bytes, processor time, time in all, bytes of the JPEG.

    ``pixels`` is the most that the pictures on the page may have together.
    """

    memory: int = 1024 * 1024 * 1024
    cpu_seconds: int = 15
    wall_seconds: float = 20.0
    picture_bytes: int = 8 * 1024 * 1024
    pixels: int = 100_000_000


def draw_passage(path: Path, order: PictureOrder, limits: Limits | None = None) -> Picture | None:
    """Return the page with the passage highlighted, after ``wall_seconds`` at the latest.

    Return None if the passage is not on the pages of the order, if the PDF cannot be drawn, or if the child reaches a
    limit.
    """
    limits = limits or Limits()
    child = start_child(
        MODULE,
        *map(str, (order.first_page, order.last_page, limits.pixels)),
        file=path,
        memory=limits.memory,
        cpu_seconds=limits.cpu_seconds,
        stdin=subprocess.PIPE,
    )
    timer = threading.Timer(limits.wall_seconds, end_child, [child])
    timer.start()
    try:
        output = exchange(child, order, limits)
    finally:
        timer.cancel()
        end_child(child)
        child.wait()
    picture = read_picture(output, order, limits)
    if picture is None:
        log.info("page_not_drawn", extra={"code": child.returncode})
    return picture


def exchange(child: subprocess.Popen[bytes], order: PictureOrder, limits: Limits) -> bytes:
    """Send the order and return the child's output, cut at the limit, or nothing if the child has ended already."""
    assert child.stdin is not None and child.stdout is not None
    with child.stdout, suppress(BrokenPipeError):
        with child.stdin:
            child.stdin.write(json.dumps({"passage": order.passage, "words": order.words}).encode())
        return child.stdout.read(limits.picture_bytes + LONGEST_HEAD)
    return b""


def read_picture(output: bytes, order: PictureOrder, limits: Limits) -> Picture | None:
    """Return the picture in the child's output, or None.

    The child opens hostile files, so its output is accepted only if it names a page of the order and holds a JPEG.
    """
    head, _, picture = output.partition(b"\n")
    try:
        facts = json.loads(head)
    except ValueError:
        return None
    match facts:
        case {"page": int(page), "found": True} if order.first_page <= page <= order.last_page:
            pass
        case _:
            return None
    return Picture(page, picture) if picture.startswith(JPEG) and len(picture) <= limits.picture_bytes else None
