"""Makes a film from passages, and checks it by reading every frame back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import TransientFailure
from processing.archive.frames import BLOCK, Frame, Label, draw_frame, draw_qr, make_payload, read_payload, read_qr
from processing.archive.video import Film, list_frames
from processing.types import Passage, Stage

BATCH = 32
OnProgress = Callable[[str, int, int], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Strength:
    """Settings that make the frames of a film smaller, or easier to read.

    - ``scale``: pixels for each module (square) of a QR code;
    - ``crf``: x264's quality; a lower value makes a better picture and a larger file;
    - ``mask``: the QR mask from 0 to 7, or None to try all and take the best.
    """

    scale: int
    crf: int
    mask: int | None


# From the smallest film to the one that is easiest to read. They are tried in this order until every frame can be read.
STRENGTHS = (Strength(2, 26, 3), Strength(2, 18, None), Strength(4, 18, None))


class ArchiveUnreadable(TransientFailure):
    """Raised if not every frame of the film could be read back, with any of ``STRENGTHS``, or a passage is too long."""

    key = "archive_unreadable"


def film_passages(passages: Sequence[Passage], label: Label, path: Path, on_progress: OnProgress) -> None:
    """Write the film with the first of ``STRENGTHS`` with which every frame can be read back.

    Raise ``ArchiveUnreadable`` if there is none.
    """
    payloads = [make_payload(passage, label) for passage in passages]
    for strength in STRENGTHS:
        film_payloads(payloads, path, strength, on_progress)
        if is_exact(passages, path, on_progress):
            return
        log.warning("film_unreadable", extra={"scale": strength.scale, "crf": strength.crf})
    raise ArchiveUnreadable


def film_payloads(payloads: Sequence[str], path: Path, strength: Strength, on_progress: OnProgress) -> None:
    """Write a film with one frame for each payload, in order."""
    on_progress(Stage.FILMING, 0, len(payloads))
    side = measure_side(payloads, strength)
    with Film(path, side, strength.crf) as film:
        for number, payload in enumerate(payloads, start=1):
            film.add(draw_frame(payload, strength.scale, side, strength.mask))
            if number % BATCH == 0 or number == len(payloads):
                on_progress(Stage.FILMING, number, len(payloads))


def measure_side(payloads: Sequence[str], strength: Strength) -> int:
    """Return the side in pixels of a square frame with room for the code of the longest payload, which is the largest.

    The side is a multiple of 16, because H.264 divides pictures into squares of 16 pixels. Raise ``ArchiveUnreadable``
    if the payload is too long for a QR code.
    """
    try:
        modules = draw_qr(max(payloads, key=len), strength.mask).shape[0]
    except ValueError as error:
        raise ArchiveUnreadable from error
    return -(-modules * strength.scale // (4 * BLOCK)) * 4 * BLOCK


def is_exact(passages: Sequence[Passage], path: Path, on_progress: OnProgress) -> bool:
    """Return whether the finished film has one frame for each passage, which decodes to exactly that passage."""
    on_progress(Stage.CHECKING, 0, len(passages))
    count = 0
    for frame in list_frames(path):
        if count == len(passages) or not holds(frame, passages[count]):
            return False
        count += 1
        if count % BATCH == 0 or count == len(passages):
            on_progress(Stage.CHECKING, count, len(passages))
    return count == len(passages)


def holds(frame: Frame, passage: Passage) -> bool:
    try:
        return read_payload(read_qr(frame) or "")[0] == passage
    except ValueError:
        return False
