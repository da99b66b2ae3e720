"""Views as JSON, to be stored in the outbox until they are shown."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

View = TypeVar("View")


def encode_view(view: object) -> dict[str, Any]:
    """Return the fields of a view as JSON can hold them."""
    encoded: dict[str, Any] = TypeAdapter(type(view)).dump_python(view, mode="json")
    return encoded


def decode_view(kind: type[View], content: dict[str, Any]) -> View:
    """Return the view that ``encode_view`` has encoded. Raise ``ValueError`` if it is of another form."""
    return TypeAdapter(kind).validate_python(content)
