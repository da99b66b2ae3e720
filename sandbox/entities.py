"""Parses Telegram's HTML into text and entities, whose offsets and lengths count UTF-16 code units.

``html.parser`` does not fit: it accepts what Telegram refuses, and Telegram's errors name the byte offset.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import BadRequest

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler",
}  # fmt: skip
MAX_ENTITIES = 100
CODE_KINDS = {"code", "pre"}
QUOTE_KINDS = {"blockquote", "expandable_blockquote"}
TOKEN = re.compile(
    r"<(?P<slash>/?)(?P<tag>[^\s>]*)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)(?P<close>>?)"
    r"|&(?:#(?P<decimal>\d{1,7})|#x(?P<hexadecimal>[0-9a-fA-F]{1,6})|(?P<name>lt|gt|amp|quot));?"
)
ATTRIBUTE = re.compile(r"([^\s=\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
USABLE_URL = re.compile(r"(?:https?://|tg://|mailto:|tel:)[^\s]+")
COMMAND_OR_URL = re.compile(
    r"(?P<bot_command>(?<![\w/])/[a-zA-Z0-9_]{1,32}(?:@\w+)?(?![\w/]))|(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'])"
)
Entity = dict[str, Any]


def count_utf16(text: str) -> int:
    """Return the length of ``text`` in UTF-16 code units, the unit of Telegram's offsets and lengths."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the text and its entities. Raise ``BadRequest`` with Telegram's description if the markup is invalid."""
    parser = HtmlParser(source)
    end = 0
    for match in TOKEN.finditer(source):
        parser.add_text(source[end : match.start()])
        parser.add_token(match)
        end = match.end()
    parser.add_text(source[end:])
    return parser.finish()


@dataclass
class HtmlParser:
    """Collects the text and entities of ``source``, token by token."""

    source: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)
    open_tags: list[tuple[str, Entity]] = field(default_factory=list)

    def add_text(self, text: str) -> None:
        self.parts.append(text)
        self.length += count_utf16(text)

    def add_token(self, match: re.Match[str]) -> None:
        """Add a tag or a character reference, as ``TOKEN`` found it."""
        if match["tag"] is None:
            self.add_text(decode_reference(match))
        elif match["slash"]:
            self._close(match)
        else:
            self._open(match)

    def _open(self, match: re.Match[str]) -> None:
        tag = match["tag"].lower()
        if match.end("tag") == len(self.source):
            raise self._refuse("Unclosed start tag", match)
        if tag not in TAGS:
            raise self._refuse(f'Unsupported start tag "{tag}"', match)
        if not match["close"]:
            raise self._refuse(f'Unclosed start tag "{tag}"', match)
        attributes = read_attributes(match["attributes"])
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._refuse('Tag "span" must have class "tg-spoiler"', match)
        self.open_tags.append((tag, build_entity(tag, attributes, self.length)))

    def _close(self, match: re.Match[str]) -> None:
        if not self.open_tags:
            raise self._refuse("Unexpected end tag", match)
        if not match["close"]:
            raise self._refuse("Unclosed end tag", match)
        expected, entity = self.open_tags.pop()
        found = match["tag"].lower()
        if found not in {"", expected}:
            raise self._refuse("Unmatched end tag", match, f', expected "</{expected}>", found "</{found}>"')
        entity["length"] = self.length - entity["offset"]
        if entity["type"] == "pre" and self.entities and is_code_of(self.entities[-1], entity):
            # <pre><code class="language-x"> becomes one entity with a language.
            entity |= {key: value for key, value in self.entities.pop().items() if key == "language"}
        self.entities.append(entity)

    def finish(self) -> tuple[str, list[Entity]]:
        """Return the text and its entities. Raise ``BadRequest`` if a tag is still open."""
        if self.open_tags:
            tag = self.open_tags[-1][0]
            raise BadRequest(f"can't parse entities: Can't find end tag corresponding to start tag \"{tag}\"")
        return trim("".join(self.parts), [entity for entity in map(find_usable, self.entities) if entity])

    def _refuse(self, reason: str, match: re.Match[str], more: str = "") -> BadRequest:
        offset = len(self.source[: match.start()].encode())
        return BadRequest(f"can't parse entities: {reason} at byte offset {offset}{more}")


def decode_reference(match: re.Match[str]) -> str:
    """Return the character of a reference such as ``&lt;`` or ``&#233;``; one with an invalid number stays as it is."""
    if match["name"]:
        return CHARACTERS[match["name"]]
    code = int(match["decimal"]) if match["decimal"] else int(match["hexadecimal"], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()


def read_attributes(source: str) -> dict[str, str]:
    """Return the attributes of a tag by name, in lower case; the value is empty for those that have none."""
    return {match[1].lower(): decode(match[2] or match[3] or match[4] or "") for match in ATTRIBUTE.finditer(source)}


def decode(value: str) -> str:
    """Return ``value`` with its character references decoded."""
    return TOKEN.sub(lambda match: match.group() if match["tag"] is not None else decode_reference(match), value)


def build_entity(tag: str, attributes: dict[str, str], offset: int) -> Entity:
    """Return the entity that the tag opens at ``offset``. Its length is 0 until the tag is closed."""
    kind = TAGS[tag]
    if kind == "blockquote" and "expandable" in attributes:
        kind = "expandable_blockquote"
    entity: Entity = {"type": kind, "offset": offset, "length": 0}
    if kind == "text_link":
        entity["url"] = attributes.get("href", "")
    language = attributes.get("class", "")
    if kind == "code" and language.startswith("language-"):
        entity["language"] = language.removeprefix("language-")
    return entity


def is_code_of(inner: Entity, outer: Entity) -> bool:
    """Return whether ``inner`` is code that covers exactly the same text as ``outer``."""
    return inner["type"] == "code" and all(inner[key] == outer[key] for key in ("offset", "length"))


def find_usable(entity: Entity) -> Entity | None:
    """Return the entity as Telegram reports it, or None for a link without a usable address.

    Inline code has no language.
    """
    if entity["type"] == "code":
        entity.pop("language", None)
    if entity["type"] != "text_link":
        return entity
    url = entity["url"].strip()
    url = url if SCHEME.match(url) else f"http://{url}"
    return entity | {"url": url} if USABLE_URL.fullmatch(url) else None


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Strip white space around the text as Telegram does: offsets are adapted, entities without text are dropped."""
    lead = count_utf16(text) - count_utf16(text.lstrip())
    text = text.strip()
    length = count_utf16(text)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        end = min(length, entity["offset"] + entity["length"] - lead)
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    # Entities are in the order in which their tags close, the inner before the outer. Reversed, the outer comes first,
    # also if both have the same span.
    return text, drop_forbidden(kept[::-1])


def drop_forbidden(entities: list[Entity]) -> list[Entity]:
    """Return the entities without markup inside code and quotes inside quotes, which Telegram does not allow."""
    kept: list[Entity] = []
    for entity in arrange(entities):
        holders = [other for other in kept if contains(other, entity)]
        quotes = [other for other in holders if {other["type"], entity["type"]} <= QUOTE_KINDS]
        if not quotes and not any(other["type"] in CODE_KINDS for other in holders):
            kept.append(entity)
    return kept


def contains(outer: Entity, inner: Entity) -> bool:
    end = inner["offset"] + inner["length"]
    return bool(outer["offset"] <= inner["offset"] and end <= outer["offset"] + outer["length"])


def arrange(entities: list[Entity]) -> list[Entity]:
    """Return the first ``MAX_ENTITIES`` entities by offset, the longer first at the same offset."""

    def rank(entity: Entity) -> tuple[int, int, bool]:
        return entity["offset"], -entity["length"], entity["type"] not in CODE_KINDS

    return sorted(entities, key=rank)[:MAX_ENTITIES]


def add_commands_and_urls(text: str, entities: list[Entity]) -> list[Entity]:
    """Return ``entities`` and those that Telegram adds by itself: commands and URLs outside code and links."""
    holders = [entity for entity in entities if entity["type"] in CODE_KINDS | {"text_link"}]
    found = []
    for match in COMMAND_OR_URL.finditer(text):
        kind = match.lastgroup
        entity: Entity = {"type": kind, "offset": count_utf16(text[: match.start()])}
        entity["length"] = count_utf16(match.group())
        if not any(contains(holder, entity) for holder in holders):
            found.append(entity)
    return arrange([*entities, *found])
