"""The parent's side of drawing: one page of an untrusted PDF as a picture, by a child with limits."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from processing.extract.reader import ROOT
from processing.types import Picture, PictureOrder

MODULE = "processing.extract.draw_child"
LONGEST_HEAD = 200
JPEG = b"\xff\xd8\xff"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one picture may take: bytes of address space, processor seconds, seconds in all, bytes of the picture."""

    memory: int = 1024 * 1024 * 1024
    cpu_seconds: int = 15
    wall_seconds: float = 20.0
    picture_bytes: int = 8 * 1024 * 1024


def draw_passage(path: Path, order: PictureOrder, limits: Limits | None = None) -> Picture | None:
    """The page with the passage coloured; None where the passage isn't found on it or the PDF does not let itself draw.

    Whatever the child does, it is gone within ``wall_seconds``.
    """
    limits = limits or Limits()
    child = start_child(path, order, limits)
    clock = threading.Timer(limits.wall_seconds, end_child, [child])
    clock.start()
    try:
        output = talk(child, order, limits)
    finally:
        clock.cancel()
        end_child(child)
        child.wait()
    picture = read_picture(output, order, limits)
    if picture is None:
        log.info("page_not_drawn", extra={"code": child.returncode})
    return picture


def talk(child: subprocess.Popen[bytes], order: PictureOrder, limits: Limits) -> bytes:
    """What the child says to the order, cut where it says too much; empty where it is gone already."""
    assert child.stdin is not None and child.stdout is not None
    with child.stdout, suppress(BrokenPipeError):
        with child.stdin:
            child.stdin.write(json.dumps({"passage": order.passage, "words": order.words}).encode())
        return child.stdout.read(limits.picture_bytes + LONGEST_HEAD)
    return b""


def end_child(child: subprocess.Popen[bytes]) -> None:
    """End it with all it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def start_child(path: Path, order: PictureOrder, limits: Limits) -> subprocess.Popen[bytes]:
    """No secrets in its environment, no terminal, no other open files."""
    figures = (order.first_page, order.last_page, limits.memory, limits.cpu_seconds)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", MODULE, str(path.absolute()), *map(str, figures)],
        cwd=ROOT,
        env=kept | {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def read_picture(output: bytes, order: PictureOrder, limits: Limits) -> Picture | None:
    """The child reads hostile files: what it gives is believed as far as it is a page we asked for and a JPEG."""
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
