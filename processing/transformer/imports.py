"""Keeps a package from importing another one that it can do without."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast


@contextmanager
def without(name: str) -> Iterator[None]:
    """A context in which importing the package fails as if it were not installed, unless it was imported before."""
    modules = cast(dict[str, Any], sys.modules)
    if name in modules:
        yield
        return
    modules[name] = None
    try:
        yield
    finally:
        del modules[name]
