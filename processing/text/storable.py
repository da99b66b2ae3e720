"""Makes text from outside storable: databases refuse some characters that JSON can hold."""

from __future__ import annotations

import re
from typing import Any

NUL = "\x00"
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def join_pairs(text: str) -> str:
    """Return the text with the halves of surrogate pairs joined; a half without the other stays."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def make_storable(value: Any) -> Any:
    """Return a JSON value in which NUL is replaced by a space and half of a surrogate pair by U+FFFD, also in keys.

    PostgreSQL stores no NUL, and half of a pair can't be encoded. Lengths don't change, so the offsets of entities in
    a text stay right.
    """
    match value:
        case str():
            return LONE_SURROGATE.sub(REPLACEMENT, value.replace(NUL, " "))
        case dict():
            return {make_storable(name): make_storable(part) for name, part in value.items()}
        case list():
            return [make_storable(part) for part in value]
    return value
