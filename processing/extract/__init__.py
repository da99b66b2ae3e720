"""Reading documents: bytes in, pages out, in a process of its own."""

from processing.extract.page_image import draw_passage
from processing.extract.reader import Limits, open_reader

__all__ = ["Limits", "draw_passage", "open_reader"]
