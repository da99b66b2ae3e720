"""One passage, one frame: memvid's payload as a QR code, and back."""

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
# What memvid puts before a payload that is gzip in base64.
COMPRESSED = "GZ:"
# Many times what a passage of ours takes: a code holds 3 KB, which gzip can make 2 MB of.
MOST_UNPACKED = 64 * 1024
GZIP_WINDOW = 31
# Luminance of black and of white in a film.
BLACK, WHITE = 16, 235
# A module's edge must not cross the blocks in which H.264 stores a picture: that alone halves the film.
BLOCK = 4
QR_CODE: Any = zxingcpp.BarcodeFormat.QRCode
Frame = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Label:
    """What the first frame says of the whole document."""

    name: str
    total: int
    model: str


def make_payload(passage: Passage, label: Label) -> str:
    """memvid's JSON (``id``, ``text``, ``frame``) with pages and heading; the first frame carries the label too.

    The further keys are short because every byte is a module of the code.
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
    """Raise ``ValueError`` for what is not a payload of ours."""
    match unpack(payload):
        case {"id": int(index), "text": str(text), "p": [int(first), int(last)], **more}:
            heading = more.get("h", "")
            if not isinstance(heading, str):
                raise ValueError("not a payload of ours")
            return Passage(index, text, first, last, heading), read_label(more.get("socrate"))
    raise ValueError("not a payload of ours")


def read_label(said: object) -> Label | None:
    match said:
        case None:
            return None
        case {"name": str(name), "total": int(total), "model": str(model)}:
            return Label(name, total, model)
    raise ValueError("not a label of ours")


def unpack(payload: str) -> object:
    """The JSON in a payload; ``ValueError`` for none, and for more than any of ours unpacks to."""
    if not payload.startswith(COMPRESSED):
        raise ValueError("not a compressed payload")
    inflater = zlib.decompressobj(GZIP_WINDOW)
    try:
        text = inflater.decompress(base64.b64decode(payload.removeprefix(COMPRESSED), validate=True), MOST_UNPACKED)
        if not inflater.eof:
            raise ValueError("a payload too large or cut short")
        return json.loads(text)
    except (zlib.error, RecursionError) as error:
        raise ValueError("not a payload of ours") from error


def draw_qr(payload: str, mask: int | None) -> Frame:
    """Shape (side, side), uint8, one pixel a module with the quiet zone; ``ValueError`` where it does not fit.

    Trying all eight masks takes five times as long as the rest; the payload is as good as random, so one serves.
    """
    wishes = {} if mask is None else {"data_mask": mask}
    code = zxingcpp.create_barcode(payload, QR_CODE, ec_level="L", **wishes)
    return np.asarray(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=True))


def draw_frame(payload: str, scale: int, side: int, mask: int | None) -> Frame:
    """A code in the middle of a white frame of shape (side, side), in a film's luminance."""
    code = np.where(draw_qr(payload, mask) > 127, WHITE, BLACK).astype(np.uint8)
    frame = np.full((side, side), WHITE, np.uint8)
    start = (side - code.shape[0] * scale) // 2 // BLOCK * BLOCK
    end = start + code.shape[0] * scale
    frame[start:end, start:end] = code.repeat(scale, axis=0).repeat(scale, axis=1)
    return frame


def read_qr(frame: Frame) -> str | None:
    """The payload in a grey frame of shape (height, width); None where no code can be read."""
    code = zxingcpp.read_barcode(
        frame,
        formats=QR_CODE,
        try_rotate=False,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return str(code.text) if code is not None else None
