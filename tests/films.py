"""Makes films, sound and hostile, for all tests."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from processing.archive.film import STRENGTHS, film_payloads
from processing.archive.frames import Label, make_payload
from processing.archive.video import MAKER
from processing.types import Passage

NAME = "Été à l'«ombre».tar.pdf"


def make_film(path: Path, passages: Sequence[Passage], name: str = NAME) -> Path:
    """Write a film of these passages as they are, sound or not."""
    label = Label(name, len(passages), "hash")
    return film(path, [make_payload(passage, label) for passage in passages])


def film(path: Path, payloads: Sequence[str], *, maker: str = MAKER) -> Path:
    """Write a film of any payloads; ``maker``, of the same length as Socrate's, is who it says made it."""
    film_payloads(payloads, path, STRENGTHS[0], lambda stage, done, total: None)
    path.write_bytes(path.read_bytes().replace(MAKER.encode(), maker.encode()))
    return path


def pack(data: object) -> str:
    """Return a payload of any content."""
    packed = gzip.compress(json.dumps(data).encode(), mtime=0)
    return "GZ:" + base64.b64encode(packed).decode()


def describe_passage(index: int, total: int, **changed: Any) -> dict[str, Any]:
    """Return the content of a sound payload with the ``changed`` values."""
    data: dict[str, Any] = {"id": index, "text": f"Passage {index}.", "frame": index, "p": [index + 1, index + 1]}
    if index == 0:
        data["socrate"] = {"version": 1, "name": NAME, "total": total, "model": "hash"}
    return data | changed


def make_holiday_film(path: Path, *, codec: str = "libx264", side: int = 320, frames: int = 10) -> Path:
    """Write a video as anybody might have on their phone."""
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = side, side, "yuv420p"
        for number in range(frames):
            picture = np.full((side, side, 3), number * 20 % 256, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def make_empty_film(path: Path) -> Path:
    """Write a video without frames."""
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 320, "yuv420p"
        container.start_encoding()
    return path
