"""Turns a passage into a frame of the film, and back. A frame is a QR code whose payload is JSON that memvid reads."""

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
# memvid's prefix for a payload that is compressed with gzip and encoded as base64.
COMPRESSED = "GZ:"
# In bytes. Passages are much smaller; a hostile payload of 3 KB could expand to 2 MB.
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
    """Facts about the whole document that the first frame holds. ``total`` is the number of passages."""

    name: str
    total: int
    model: str


def make_payload(passage: Passage, label: Label) -> str:
    """Return a passage as compressed JSON in base64; that of the first passage also holds the label.

    The keys ``id``, ``text`` and ``frame`` are memvid's. The keys of pages and heading are short, because every byte
    makes the code larger.
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
    """Return the passage, and the label or None. Raise ``ValueError`` if ``make_payload`` did not make the payload."""
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
    """Return the parsed JSON of a payload. Raise ``ValueError`` if it is none, or longer than ``MOST_UNPACKED``."""
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

    Raise ``ValueError`` if the payload is too long. With ``mask`` None all eight masks are tried, which takes five
    times as long as everything else. Any mask is usually good enough, because compressed data looks random.
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
    """Return the payload in a grey frame of shape (height, width), or None if no code can be read."""
    code = zxingcpp.read_barcode(
        frame,
        formats=QR_CODE,
        try_rotate=False,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return str(code.text) if code is not None else None
