"""Grey frames into an H.264 film that plays everywhere, and out of it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO, Self

import av
import numpy as np

from processing.archive.frames import Frame

FRAMES_PER_SECOND = 30
NO_COLOUR = 128
# Every frame is a key frame: codes have nothing in common, and whoever seeks one by its number gets that very frame.
# Blocks of 4 pixels hold whole modules; what x264 does to please the eye (tune) only costs.
ENCODER = {"preset": "veryfast", "tune": "psnr", "x264-params": "8x8dct=0:keyint=1:bframes=0"}
# Stands in the film's comment, so that one too damaged to be read is still known for one of ours.
MAKER = "Socrate"
# What is sent to us as a film of ours is looked at no further when it is of another make.
CODEC = "h264"
MOST_PIXELS = 2048 * 2048
WITH_PLAIN_LUMINANCE = frozenset({"yuv420p", "yuvj420p"})


class Film:
    """A film in the making of square frames; ``crf`` is x264's quality (lower is better and larger).

    The files are opened and closed by us: PyAV forgets its own where the disk is full at the first byte, and their
    room would be gone until the process ends.
    """

    def __init__(self, path: Path, side: int, crf: int) -> None:
        self._files = files = ExitStack()
        file = files.enter_context(path.open("wb"))

        def reopen(url: str, _flags: int, _options: object) -> BinaryIO:
            """The film once more, to be read while its index is moved to its beginning.

            It knows nothing of us: x264's room is given back with the last word of us, and not when cycles are sought.
            """
            return files.enter_context(Path(url).open("rb"))

        self._container = av.open(file, "w", format="mp4", options={"movflags": "faststart"}, io_open=reopen)
        self._container.metadata["comment"] = MAKER
        self._stream = self._container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        self._stream.width = self._stream.height = side
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {**ENCODER, "crf": str(crf)}
        self._picture = np.full((side * 3 // 2, side), NO_COLOUR, np.uint8)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: object, *_rest: object) -> None:
        """A film that broke off is closed without its last frames; its maker removes it."""
        with self._files:
            if error is None:
                self._container.mux(self._stream.encode(None))
                self._container.close()
                return
            # What broke it is told, and not what that broke in turn.
            with suppress(OSError, av.FFmpegError):
                self._container.close()

    def add(self, frame: Frame) -> None:
        """Luminance of shape (side, side)."""
        self._picture[: len(frame)] = frame
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(self._picture, format="yuv420p")))


def list_frames(path: Path) -> Iterator[Frame]:
    """Every frame in order, shape (height, width), uint8. ``ValueError`` for what is not a film like ours."""
    try:
        # The format is named, for others of FFmpeg's would follow addresses that stand in the file.
        with av.open(str(path), format="mp4") as container:
            stream = find_stream(container)
            stream.thread_type = "AUTO"
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
            for picture in container.decode(stream):
                yield get_luminance(picture)
    except av.FFmpegError as error:
        raise ValueError("not a film that can be read") from error


def is_ours(path: Path) -> bool:
    """Whether a film calls itself one of ours, be its frames readable or not."""
    try:
        with av.open(str(path), format="mp4") as container:
            return bool(container.metadata.get("comment") == MAKER)
    except av.FFmpegError:
        return False


def find_stream(container: Any) -> Any:
    if not container.streams.video:
        raise ValueError("no video in it")
    stream = container.streams.video[0]
    if stream.codec_context.name != CODEC or not 0 < stream.width * stream.height <= MOST_PIXELS:
        raise ValueError("no film of ours")
    return stream


def get_luminance(picture: Any) -> Frame:
    """The grey of a picture; where it lies apart from the colours it is taken as it is."""
    if picture.format.name not in WITH_PLAIN_LUMINANCE:
        return np.ascontiguousarray(picture.to_ndarray(format="gray"))
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return np.ascontiguousarray(rows[:, : plane.width])
