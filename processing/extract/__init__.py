"""Reads and draws untrusted documents, each in a child process with limits."""

from processing.extract.page_image import Limits as PictureLimits
from processing.extract.page_image import draw_passage
from processing.extract.reader import Limits, open_reader

__all__ = ["Limits", "PictureLimits", "draw_passage", "open_reader"]
