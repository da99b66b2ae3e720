"""Writes grey frames as an H.264 video in a form that all players know, and reads them back."""

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
# The index of the frames comes first, so that a player can begin before it has the whole file.
FAST_START = {"movflags": "faststart"}
# Every frame is a key frame, because one QR code has nothing in common with the next, and so that a player can jump to
# any frame. Transforms of 8 pixels are off because modules keep to blocks of 4. Tuning for the eye would only make the
# film larger.
ENCODER = {"preset": "veryfast", "tune": "psnr", "x264-params": "8x8dct=0:keyint=1:bframes=0"}
# The comment in the metadata of every film. It tells a damaged film from a video that is no film.
MAKER = "Socrate"
# Videos with another codec, or larger frames, are not films and are not decoded.
CODEC = "h264"
MOST_PIXELS = 2048 * 2048
WITH_PLAIN_LUMINANCE = frozenset({"yuv420p", "yuvj420p"})


class Film:
    """A film of square frames that is being written; ``crf`` is x264's quality (lower is better and larger).

    The class opens and closes the files itself: if the disk is full at the first byte, PyAV does not close the files
    that it has opened, and their space stays occupied until the process ends.
    """

    def __init__(self, path: Path, side: int, crf: int) -> None:
        self._files = files = ExitStack()
        file = files.enter_context(path.open("wb"))

        def reopen(url: str, _flags: int, _options: object) -> BinaryIO:
            """Open the film for reading, while its index is moved to the beginning.

            The function does not refer to ``self``: that would be a reference cycle, and x264's memory would not be
            freed with the film.
            """
            return files.enter_context(Path(url).open("rb"))

        self._container = av.open(file, "w", format="mp4", options=FAST_START, io_open=reopen)
        self._container.metadata["comment"] = MAKER
        self._stream = self._container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        self._stream.width = self._stream.height = side
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {**ENCODER, "crf": str(crf)}
        self._picture = np.full((side * 3 // 2, side), NO_COLOUR, np.uint8)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: object, *_rest: object) -> None:
        """Finish the film. After an error only close it, and leave the incomplete file to the caller."""
        with self._files:
            if error is None:
                self._container.mux(self._stream.encode(None))
                self._container.close()
                return
            # Closing may raise an error, too, as a consequence of the first one. The first one is raised.
            with suppress(OSError, av.FFmpegError):
                self._container.close()

    def add(self, frame: Frame) -> None:
        """Append a frame: luminance of shape (side, side)."""
        self._picture[: len(frame)] = frame
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(self._picture, format="yuv420p")))


def list_frames(film: Path | BinaryIO) -> Iterator[Frame]:
    """Yield every frame in order: shape (height, width), uint8. Raise ``ValueError`` if it is no readable film."""
    try:
        with open_film(film) as container:
            stream = find_stream(container)
            stream.thread_type = "AUTO"
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
            for picture in container.decode(stream):
                yield get_luminance(picture)
    except av.FFmpegError as error:
        raise ValueError("not a film that can be read") from error


def is_made_here(film: Path | BinaryIO) -> bool:
    """Return whether the video's metadata name ``MAKER``. Its frames need not be readable."""
    return read_metadata(film).get("comment") == MAKER


def find_title(film: Path | BinaryIO) -> str:
    """Return the name that ``copy_film`` gave a film, or an empty string."""
    metadata = read_metadata(film)
    return metadata.get("title", "") if metadata.get("comment") == MAKER else ""


def read_metadata(film: Path | BinaryIO) -> dict[str, str]:
    """Return what the video says about itself, nothing if that can't be read."""
    try:
        with open_film(film) as container:
            return dict(container.metadata)
    except (av.FFmpegError, UnicodeDecodeError):
        return {}


def copy_film(source: Path, target: Path, title: str) -> None:
    """Write a copy of the film with the same frames and ``title`` in its metadata.

    Raise ``ValueError`` if ``source`` is no film.
    """
    with open_film(source) as film, av.open(str(target), "w", options=FAST_START) as copied:
        copied.metadata.update({"comment": MAKER, "title": title})
        stream = find_stream(film)
        copied_stream = copied.add_stream_from_template(stream)
        for packet in film.demux(stream):
            # The last packet is empty and only marks the end.
            if packet.dts is not None:
                packet.stream = copied_stream
                copied.mux(packet)


def open_film(film: Path | BinaryIO) -> Any:
    """Open a film for reading from its beginning.

    The format is given, because with some other formats FFmpeg fetches addresses that it finds in the file.
    """
    if not isinstance(film, Path):
        film.seek(0)
    return av.open(str(film) if isinstance(film, Path) else film, format="mp4")


def find_stream(container: Any) -> Any:
    if not container.streams.video:
        raise ValueError("no video in it")
    stream = container.streams.video[0]
    if stream.codec_context.name != CODEC or not 0 < stream.width * stream.height <= MOST_PIXELS:
        raise ValueError("no film")
    return stream


def get_luminance(picture: Any) -> Frame:
    """Return the luminance of a picture. Formats that store it apart from the colours need no conversion."""
    if picture.format.name not in WITH_PLAIN_LUMINANCE:
        return np.ascontiguousarray(picture.to_ndarray(format="gray"))
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return np.ascontiguousarray(rows[:, : plane.width])
