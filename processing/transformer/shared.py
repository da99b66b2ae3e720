"""The vocabulary of e5 and its table, once in a process for all encoders that share them."""

from __future__ import annotations

from functools import cache

from processing.transformer.e5_file import E5File
from processing.transformer.pieces import Pieces


@cache
def get_pieces() -> Pieces:
    """Return the vocabulary. Raise ``SettingsInvalid`` if the file of e5 is missing or another one."""
    return Pieces(E5File())
