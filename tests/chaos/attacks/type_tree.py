"""The tree of the Bot API's types, read from the classes of the Telegram library, and valid updates made from it."""

from __future__ import annotations

import inspect
import json
import random
import re
import types
import typing
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import telegram
from telegram import TelegramObject, Update

from bot.handlers.buttons import TAPS

Json = dict[str, Any]
Path = tuple[str | int, ...]
FIRST_MOMENT = 1_700_000_000
NEEDED = re.compile(r"`(\w+)` is (?:a )?required")
# What the library calls differently from the Bot API.
WIRE_NAMES = {"from_user": "from"}
TEXTS = (
    "/start", "/docs", "/quota", "/status", "/help", "/find vault", "/mydata", "/forgetme", "/unknown", "/ask",
    "What is the password of vault 0?", "secret", "x", "👩‍👩‍👧 e\u0301 \u202eabc", "<b>bold", "%s {0} {name}",
    "'; DROP TABLE updates; --",
)  # fmt: skip
# An erasure deletes the updates of its person too, and those are counted afterwards.
VERBS = (*(verb for verb in TAPS if verb != "forgetyes"), "none")


@dataclass(frozen=True)
class Field:
    """A field of a class: what it may hold besides None. ``many`` means a list, or a list of lists."""

    owner: type
    name: str
    kinds: tuple[type, ...]
    many: int
    required: bool

    @property
    def wire_name(self) -> str:
        return WIRE_NAMES.get(self.name, self.name)


@cache
def list_fields(owner: type) -> tuple[Field, ...]:
    """The fields of a class that an update can hold, as its constructor declares them."""
    signature = inspect.signature(owner)
    names = {name: value for name, value in vars(telegram).items() if isinstance(value, type)}
    module = vars(inspect.getmodule(owner) or telegram)
    hints = typing.get_type_hints(owner.__init__, names | module, names)  # type: ignore[misc]
    return tuple(
        Field(owner, name, tuple(kinds), many, parameter.default is inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name in hints and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        for kinds, many in [read_hint(hints[name])]
        if kinds
    )


def read_hint(hint: Any) -> tuple[list[type], int]:
    """The classes in a type hint, and how many lists are around them; no class for what the tree does not follow."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        found = [read_hint(part) for part in inner if part is not type(None)]
        return [kind for kinds, _ in found for kind in kinds], max((many for _, many in found), default=0)
    if isinstance(origin, type) and issubclass(origin, Sequence):
        kinds, many = read_hint(inner[0])
        return kinds, many + 1
    return ([hint], 0) if isinstance(hint, type) and hint is not type(None) else ([], 0)


@cache
def list_concrete(kind: type) -> tuple[type, ...]:
    """The classes to build for this one: its subclasses without subclasses, or itself."""
    below: list[type] = list(filter(is_of_the_library, type.__subclasses__(kind)))
    return tuple(leaf for one in below for leaf in list_concrete(one)) if below else (kind,)


@dataclass
class Tree:
    """Every class that an update can hold, with the fields of classes nearer to the update that lead to it."""

    depths: dict[type, int] = field(default_factory=lambda: {Update: 0})
    ways: defaultdict[type, list[Field]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        level: list[type] = [Update]
        while level:
            following: list[type] = []
            for one in (part for owner in level for part in list_fields(owner)):
                for kind in list_children(one):
                    if kind not in self.depths:
                        self.depths[kind] = self.depths[one.owner] + 1
                        following.append(kind)
                    if self.depths[kind] == self.depths[one.owner] + 1:
                        self.ways[kind].append(one)
            level = following

    def list_places(self) -> list[Field]:
        """Every field of every class, except the id of the update."""
        return [one for owner in self.depths for one in list_fields(owner) if one.name != "update_id"]


def list_children(one: Field) -> Iterator[type]:
    """The classes of the library that this field may hold."""
    for kind in one.kinds:
        if is_of_the_library(kind):
            yield from list_concrete(kind)


def is_of_the_library(kind: type) -> bool:
    return issubclass(kind, TelegramObject) and kind.__module__.startswith("telegram.")


@dataclass
class Builder:
    """Builds valid updates. ``sender`` and ``chat`` are the ids of who sends the next one, and where."""

    tree: Tree
    dice: random.Random
    documents: Sequence[str] = ()
    sender: int = 0
    chat: int = 0

    def build(self, place: Field) -> tuple[Json, Path]:
        """An update with this field, and the path to the field in it."""
        value, owner = self.make_value(place), place.owner
        path: list[str | int] = [place.wire_name]
        content = self.make(owner, {place.name: value})
        while owner is not Update:
            way = self.dice.choice(self.tree.ways[owner])
            path = [way.wire_name, *[0] * way.many, *path]
            owner, content = way.owner, self.make(way.owner, {way.name: wrap(content, way.many)})
        # Through JSON, because the library's dictionaries hold enums and tuples.
        update: Json = json.loads(json.dumps(content.to_dict()))
        return update, tuple(path)

    def make(self, owner: type, chosen: Json) -> Any:
        """An object with its required fields, the ``chosen`` ones, and whatever makes it go far into the product."""
        fields = {one.name: one for one in list_fields(owner)}
        needed = {name: self.make_value(one) for name, one in fields.items() if one.required and name not in chosen}
        values = needed | chosen
        if owner is telegram.Message:
            values = self.make_sender() | values
        if owner is telegram.CallbackQuery and "data" not in values:
            values |= {"data": self.make_data(), "message": self.make(telegram.Message, {})}
        while True:
            try:
                return owner(**values)
            except TypeError as error:
                # Fields that became required later have a default in the signature.
                name = find_needed(error)
                values[name] = self.make_value(fields[name])

    def make_sender(self) -> Json:
        text = self.dice.choice(TEXTS)
        command = telegram.MessageEntity("bot_command", 0, len(text.split()[0]))
        return {"from_user": self.make(telegram.User, {}), "text": text} | (
            {"entities": [command]} if text.startswith("/") else {}
        )

    def make_value(self, one: Field) -> Any:
        return wrap(self.make_single(one, self.dice.choice(one.kinds)), one.many)

    def make_single(self, one: Field, kind: Any) -> Any:
        if is_of_the_library(kind):
            return self.make(self.dice.choice(list_concrete(kind)), {})
        if issubclass(kind, bool):
            return one.owner is not telegram.User and self.dice.random() < 0.5
        if issubclass(kind, datetime):
            return datetime.fromtimestamp(FIRST_MOMENT + self.dice.randrange(10**7), UTC)
        if issubclass(kind, timedelta):
            return timedelta(seconds=self.dice.randrange(1000))
        return self.make_number(one) if issubclass(kind, int | float) else self.make_text(one)

    def make_number(self, one: Field) -> int:
        if one.name == "id":
            return {telegram.User: self.sender, telegram.Chat: self.chat}.get(one.owner, self.dice.randrange(10**9))
        return self.dice.randrange(1, 10**9 if one.name.endswith("_id") else 100)

    def make_text(self, one: Field) -> str:
        if one.owner is telegram.Chat and one.name == "type":
            return "private" if self.chat > 0 else self.dice.choice(("group", "supergroup", "channel"))
        if one.owner is telegram.CallbackQuery and one.name == "data":
            return self.make_data()
        return self.dice.choice(TEXTS) if one.name in {"text", "caption"} else f"{one.name}{self.dice.randrange(1000)}"

    def make_data(self) -> str:
        """What a forged button says: a verb of the product, and the id of somebody's document."""
        target = self.dice.choice((*self.documents, "0" * 16, "", "-1"))
        return ":".join((self.dice.choice(VERBS), target, str(self.dice.randrange(3))))[:64]


def find_needed(error: TypeError) -> str:
    """The field that the library misses. Raises ``error`` if it complains about something else."""
    found = NEEDED.match(str(error))
    if found is None:
        raise error
    return found[1]


def wrap(value: Any, many: int) -> Any:
    return [wrap(value, many - 1)] if many else value
