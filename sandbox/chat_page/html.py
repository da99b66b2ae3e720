"""Text and entities back to safe HTML for the chat page."""

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
    """Everything escaped; tags come from entities only."""
    units = text.encode("utf-16-le", "surrogatepass")
    marks: list[tuple[int, int, int, str]] = []
    for order, entity in enumerate(entities):
        tag = TAGS.get(entity["type"])
        if tag is None:
            continue
        start, end = entity["offset"], entity["offset"] + entity["length"]
        marks.append((start, 1, order, make_start_tag(tag, entity, cut(units, start, end))))
        # At one place the innermost ends first, and all that ends goes before what starts.
        marks.append((end, 0, -order, f"</{tag}>"))
    parts, place = [], 0
    for position, _, _, markup in sorted(marks):
        parts += [escape(cut(units, place, position), quote=False), markup]
        place = position
    return "".join([*parts, escape(cut(units, place, len(units)), quote=False)])


def cut(units: bytes, start: int, end: int) -> str:
    return units[start * 2 : end * 2].decode("utf-16-le", "replace")


def make_start_tag(tag: str, entity: dict[str, Any], content: str) -> str:
    kind = entity["type"]
    if tag == "a":
        url = entity.get("url", content)
        safe = url if url.startswith(SAFE_LINKS) else "#"
        return f'<a href="{escape(safe)}" rel="noopener noreferrer" target="_blank">'
    if kind in CLASSES:
        return f'<{tag} class="{kind}">'
    return f"<{tag}>"
