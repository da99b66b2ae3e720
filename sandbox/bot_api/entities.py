"""Telegram's HTML to text with entities, whose offsets count UTF-16 units.

Not ``html.parser``: it forgives what Telegram refuses, and refusals name the byte where they happen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.bot_api.problems import BadRequest

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "a": "text_link", "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler",
}  # fmt: skip
MOST_ENTITIES = 100
ROOMS = {"code", "pre"}
QUOTES = {"blockquote", "expandable_blockquote"}
TOKEN = re.compile(
    r"<(?P<slash>/?)(?P<tag>[^\s>]*)(?P<attributes>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)(?P<close>>?)"
    r"|&(?:#(?P<decimal>\d{1,7})|#x(?P<hexadecimal>[0-9a-fA-F]{1,6})|(?P<name>lt|gt|amp|quot));?"
)
ATTRIBUTE = re.compile(r"([^\s=\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
USABLE = re.compile(r"(?:https?://|tg://|mailto:|tel:)[^\s]+")
FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/])/[a-zA-Z0-9_]{1,32}(?:@\w+)?(?![\w/]))|(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'])"
)
Entity = dict[str, Any]


def count_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities; ``BadRequest`` in Telegram's words for markup that it refuses."""
    parsing = _Parsing(source)
    place = 0
    for match in TOKEN.finditer(source):
        parsing.add_text(source[place : match.start()])
        parsing.add_token(match)
        place = match.end()
    parsing.add_text(source[place:])
    return parsing.finish()


@dataclass
class _Parsing:
    source: str
    parts: list[str] = field(default_factory=list)
    units: int = 0
    entities: list[Entity] = field(default_factory=list)
    open_tags: list[tuple[str, Entity]] = field(default_factory=list)

    def add_text(self, text: str) -> None:
        self.parts.append(text)
        self.units += count_units(text)

    def add_token(self, match: re.Match[str]) -> None:
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
        self.open_tags.append((tag, make_entity(tag, attributes, self.units)))

    def _close(self, match: re.Match[str]) -> None:
        if not self.open_tags:
            raise self._refuse("Unexpected end tag", match)
        if not match["close"]:
            raise self._refuse("Unclosed end tag", match)
        expected, entity = self.open_tags.pop()
        found = match["tag"].lower()
        if found not in {"", expected}:
            raise self._refuse("Unmatched end tag", match, f', expected "</{expected}>", found "</{found}>"')
        entity["length"] = self.units - entity["offset"]
        if entity["type"] == "pre" and self.entities and is_same_place(self.entities[-1], entity):
            # <pre><code class="language-x">: one block with a language.
            entity |= {key: value for key, value in self.entities.pop().items() if key == "language"}
        self.entities.append(entity)

    def finish(self) -> tuple[str, list[Entity]]:
        if self.open_tags:
            tag = self.open_tags[-1][0]
            raise BadRequest(f"can't parse entities: Can't find end tag corresponding to start tag \"{tag}\"")
        return trim("".join(self.parts), [entity for entity in map(check_link, self.entities) if entity])

    def _refuse(self, reason: str, match: re.Match[str], more: str = "") -> BadRequest:
        offset = len(self.source[: match.start()].encode())
        return BadRequest(f"can't parse entities: {reason} at byte offset {offset}{more}")


def decode_reference(match: re.Match[str]) -> str:
    """Only four names and numbers count; all other ampersands stay as they are."""
    if match["name"]:
        return CHARACTERS[match["name"]]
    code = int(match["decimal"]) if match["decimal"] else int(match["hexadecimal"], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()


def read_attributes(source: str) -> dict[str, str]:
    return {match[1].lower(): decode(match[2] or match[3] or match[4] or "") for match in ATTRIBUTE.finditer(source)}


def decode(value: str) -> str:
    return TOKEN.sub(lambda match: match.group() if match["tag"] is not None else decode_reference(match), value)


def make_entity(tag: str, attributes: dict[str, str], offset: int) -> Entity:
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


def is_same_place(inner: Entity, outer: Entity) -> bool:
    return inner["type"] == "code" and all(inner[key] == outer[key] for key in ("offset", "length"))


def check_link(entity: Entity) -> Entity | None:
    """Links without a usable address vanish, and a language stays with blocks only."""
    if entity["type"] == "code":
        entity.pop("language", None)
    if entity["type"] != "text_link":
        return entity
    url = entity["url"].strip()
    url = url if SCHEME.match(url) else f"http://{url}"
    return entity | {"url": url} if USABLE.fullmatch(url) else None


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """White space at both ends goes, as on the real server; entities move along and empty ones vanish."""
    lead = count_units(text) - count_units(text.lstrip())
    text = text.strip()
    end = count_units(text)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        stop = min(end, entity["offset"] + entity["length"] - lead)
        if stop > start:
            kept.append(entity | {"offset": start, "length": stop - start})
    # Tags close from inside out; turned round, the outer one of two at the same place comes first.
    return text, drop_forbidden(kept[::-1])


def drop_forbidden(entities: list[Entity]) -> list[Entity]:
    """Code holds no other markup, and a quote no other quote."""
    kept: list[Entity] = []
    for entity in arrange(entities):
        holders = [other for other in kept if contains(other, entity)]
        quotes = [other for other in holders if {other["type"], entity["type"]} <= QUOTES]
        if not quotes and not any(other["type"] in ROOMS for other in holders):
            kept.append(entity)
    return kept


def contains(outer: Entity, inner: Entity) -> bool:
    end = inner["offset"] + inner["length"]
    return bool(outer["offset"] <= inner["offset"] and end <= outer["offset"] + outer["length"])


def arrange(entities: list[Entity]) -> list[Entity]:
    def rank(entity: Entity) -> tuple[int, int, bool]:
        return entity["offset"], -entity["length"], entity["type"] not in ROOMS

    return sorted(entities, key=rank)[:MOST_ENTITIES]


def add_found(text: str, entities: list[Entity]) -> list[Entity]:
    """Commands and addresses in plain text are entities too, unless code or a link holds them."""
    holders = [entity for entity in entities if entity["type"] in ROOMS | {"text_link"}]
    found = []
    for match in FOUND.finditer(text):
        kind = match.lastgroup
        entity: Entity = {"type": kind, "offset": count_units(text[: match.start()])}
        entity["length"] = count_units(match.group())
        if not any(contains(holder, entity) for holder in holders):
            found.append(entity)
    return arrange([*entities, *found])
