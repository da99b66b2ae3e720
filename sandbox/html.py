"""Turns text with entities into safe HTML for the chat page."""

from __future__ import annotations

from html import escape
from typing import Any

TAGS = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "expandable_blockquote": "blockquote", "spoiler": "span", "text_link": "a",
    "url": "a", "bot_command": "span",
}  # fmt: skip
CLASSES = {"spoiler", "bot_command", "expandable_blockquote"}
SAFE_LINKS = ("http://", "https://", "tg://", "mailto:", "tel:")


def render_html(text: str, entities: list[dict[str, Any]]) -> str:
    """Return HTML. All text is escaped; tags come only from ``entities``, whose offsets count UTF-16 code units."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    tags: list[tuple[int, int, int, str]] = []
    for order, entity in enumerate(entities):
        tag = TAGS.get(entity["type"])
        if tag is None:
            continue
        start, end = entity["offset"], entity["offset"] + entity["length"]
        tags.append((start, 1, order, render_start_tag(tag, entity, cut(encoded, start, end))))
        # At the same offset, end tags come before start tags, and the innermost element ends first.
        tags.append((end, 0, -order, f"</{tag}>"))
    parts, done = [], 0
    for offset, _, _, markup in sorted(tags):
        parts += [escape(cut(encoded, done, offset), quote=False), markup]
        done = offset
    return "".join([*parts, escape(cut(encoded, done, len(encoded)), quote=False)])


def cut(encoded: bytes, start: int, end: int) -> str:
    """Return part of a text that is encoded as UTF-16. ``start`` and ``end`` count code units of two bytes."""
    return encoded[start * 2 : end * 2].decode("utf-16-le", "replace")


def render_start_tag(tag: str, entity: dict[str, Any], content: str) -> str:
    """Return the start tag. A link without ``url`` leads to ``content``, its text. An unsafe address becomes ``#``."""
    kind = entity["type"]
    if tag == "a":
        url = entity.get("url", content)
        safe = url if url.startswith(SAFE_LINKS) else "#"
        return f'<a href="{escape(safe)}" rel="noopener noreferrer" target="_blank">'
    if kind in CLASSES:
        return f'<{tag} class="{kind}">'
    return f"<{tag}>"
