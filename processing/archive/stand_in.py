"""Stands in for packages that memvid imports and Socrate never lets it use.

sentence-transformers brings PyTorch along, and OpenCV is large as well: about 1.4 GB together. The vectors come from
processing/embedding and the film from processing/archive/film.py.
"""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

NAMES = ("sentence_transformers", "cv2", "qrcode")


class NotForUse(Exception):
    """Raised if memvid uses what it was given in place of a package."""


class Missing(ModuleType):
    """A module of which every name can be imported, but not called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return make_uncallable(f"{self.__name__}.{name}")


def make_uncallable(name: str) -> type:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise NotForUse(name)

    return type(name, (), {"__init__": refuse})


@contextmanager
def stand_in() -> Iterator[None]:
    """A context in which imports of ``NAMES`` give modules without use; those imported before stay as they are."""
    made = {name: Missing(name) for name in NAMES if name not in sys.modules}
    for name, module in made.items():
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]
