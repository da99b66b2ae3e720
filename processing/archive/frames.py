"""Turns a passage into a frame, memvid's payload as a QR code, and a frame back into its passage."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from processing.types import Passage

FORMAT_VERSION = 1
# memvid's prefix for a payload that is gzip in base64.
COMPRESSED = "GZ:"
# Many times the size of a passage: a code holds 3 KB, which hostile gzip can expand to 2 MB.
MOST_UNPACKED = 64 * 1024
GZIP_WINDOW = 31
# Luminance of black and white in a video.
BLACK, WHITE = 16, 235
# H.264 stores a picture in blocks of this many pixels. Modules that keep to them halve the size of the film.
BLOCK = 4
QR_CODE: Any = zxingcpp.BarcodeFormat.QRCode
Frame = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Label:
    """What the first frame says about the whole document: its name, the number of passages, the embedding model."""

    name: str
    total: int
    model: str


def make_payload(passage: Passage, label: Label) -> str:
    """Return memvid's JSON (``id``, ``text``, ``frame``) with pages and heading, packed; the first has the label, too.

    The other keys are short because every byte makes the code larger.
    """
    data: dict[str, Any] = {
        "id": passage.index,
        "text": passage.text,
        "frame": passage.index,
        "p": [passage.first_page, passage.last_page],
    }
    if passage.heading:
        data["h"] = passage.heading
    if passage.index == 0:
        data["socrate"] = {"version": FORMAT_VERSION, "name": label.name, "total": label.total, "model": label.model}
    packed = gzip.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)
    return COMPRESSED + base64.b64encode(packed).decode("ascii")


def read_payload(payload: str) -> tuple[Passage, Label | None]:
    """Return the passage and, from the first frame, the label; raises ``ValueError`` for a foreign payload."""
    match unpack(payload):
        case {"id": int(index), "text": str(text), "p": [int(first), int(last)], **more}:
            heading = more.get("h", "")
            if not isinstance(heading, str):
                raise ValueError("not a payload of Socrate")
            return Passage(index, text, first, last, heading), read_label(more.get("socrate"))
    raise ValueError("not a payload of Socrate")


def read_label(data: object) -> Label | None:
    match data:
        case None:
            return None
        case {"name": str(name), "total": int(total), "model": str(model)}:
            return Label(name, total, model)
    raise ValueError("not a label of Socrate")


def unpack(payload: str) -> object:
    """Return the JSON in a payload; raises ``ValueError`` for none and for more than ``MOST_UNPACKED`` bytes."""
    if not payload.startswith(COMPRESSED):
        raise ValueError("not a compressed payload")
    inflater = zlib.decompressobj(GZIP_WINDOW)
    try:
        text = inflater.decompress(base64.b64decode(payload.removeprefix(COMPRESSED), validate=True), MOST_UNPACKED)
        if not inflater.eof:
            raise ValueError("a payload too large or cut short")
        return json.loads(text)
    except (zlib.error, RecursionError) as error:
        raise ValueError("not a payload of Socrate") from error


def draw_qr(payload: str, mask: int | None) -> Frame:
    """Return the QR code: shape (side, side), uint8, one pixel a module, with the white border.

    Raises ``ValueError`` where the payload does not fit. ``mask`` None tries all eight masks, which takes five times as
    long as everything else; compressed payloads look random, so that any mask is as good.
    """
    options = {} if mask is None else {"data_mask": mask}
    code = zxingcpp.create_barcode(payload, QR_CODE, ec_level="L", **options)
    return np.asarray(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=True))


def draw_frame(payload: str, scale: int, side: int, mask: int | None) -> Frame:
    """Return the code in the middle of a white frame of shape (side, side), as luminance."""
    code = np.where(draw_qr(payload, mask) > 127, WHITE, BLACK).astype(np.uint8)
    frame = np.full((side, side), WHITE, np.uint8)
    start = (side - code.shape[0] * scale) // 2 // BLOCK * BLOCK
    end = start + code.shape[0] * scale
    frame[start:end, start:end] = code.repeat(scale, axis=0).repeat(scale, axis=1)
    return frame


def read_qr(frame: Frame) -> str | None:
    """Return the payload in a grey frame of shape (height, width), or None where no code can be read."""
    code = zxingcpp.read_barcode(
        frame,
        formats=QR_CODE,
        try_rotate=False,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return str(code.text) if code is not None else None
