"""Makes hostile updates from valid ones: one field is changed, or the update as a whole."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import telegram

from sandbox.updates import ID_PLACE
from tests.chaos.attacks.type_tree import Builder, Field, Json, Path, Tree

DEEP = 1000
HUGE_TEXT, HUGE_LIST, HUGE_DIGITS = 100_000, 5_000, 5_000
INT64 = 2**63
# Ids of people and groups that nobody has introduced to the sandbox begin here.
FIRST_STRANGER, STRANGERS = 700_000_000, 300
ONE_IN_GROUP = 6
# So many updates before may be sent once more.
KEPT = 200


class Missing:
    """Stands for a field that is left out."""


class Raw(str):
    """JSON text that replaces a value, for what Python's ``json`` does not write."""


WRONG_IDS = ("null", "-1", "0", str(INT64), "1.5", '"7"', "[]", "true", "9" * 400)
Mutate = Callable[[Any, random.Random], Any]


def change_type(value: Any, dice: random.Random) -> Any:
    others: tuple[Any, ...] = ("text", 7, True, 1.5, [], {}, ["text"], {"id": "text"})
    return dice.choice([other for other in others if type(other) is not type(value)])


def make_huge(value: Any, dice: random.Random) -> Any:
    if isinstance(value, str):
        return dice.choice(("a", "𝒜", "\u0301", "<b>", "/find ")) * HUGE_TEXT
    if isinstance(value, list):
        return value[:1] * HUGE_LIST or [0] * HUGE_LIST
    if isinstance(value, dict):
        return value | {f"field{number}": number for number in range(HUGE_LIST)}
    return Raw("9" * HUGE_DIGITS) if dice.random() < 0.5 else 10**400


def choose_number(value: Any, dice: random.Random) -> Any:
    """A number at the edge of what databases and Telegram take."""
    return dice.choice((-1, 0, -INT64, INT64 - 1, INT64, 2 * INT64, -INT64 - 1, 2**52, 2**31, -(2**31) - 1))


def nest(value: Any, dice: random.Random) -> Any:
    return Raw("[" * DEEP + "]" * DEEP) if dice.random() < 0.5 else Raw('{"a":' * DEEP + "0" + "}" * DEEP)


MUTATIONS: dict[str, Mutate] = {
    "valid": lambda value, _dice: value,
    "missing": lambda _value, _dice: Missing,
    "null": lambda _value, _dice: None,
    "type": change_type,
    "empty": lambda value, _dice: type(value)(),
    "huge": make_huge,
    "number": choose_number,
    "nul": lambda _value, dice: dice.choice(("\0", "/find \0", "a\0b" * 100)),
    "surrogate": lambda _value, dice: dice.choice(("\ud800", "/find \udfff", "\udc00\ud800 vault")),
    "deep": nest,
    "not finite": lambda _value, dice: Raw(dice.choice(("NaN", "-Infinity", "1e999"))),
    "unknown": lambda _value, _dice: {"type": "of_tomorrow", "status": "of_tomorrow", "source": "of_tomorrow"},
}


@dataclass
class Attacker:
    """Makes hostile updates; ``made`` counts them by what is wrong with them.

    ``own`` are the ids of people whom the sandbox knows, ``victims`` those who must notice nothing, and ``documents``
    ids of their documents.
    """

    dice: random.Random
    own: Sequence[int] = ()
    victims: Sequence[int] = ()
    documents: Sequence[str] = ()
    made: Counter[str] = field(default_factory=Counter)
    sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        tree = Tree()
        self.places = tree.list_places()
        self.builder = Builder(tree, self.dice, self.documents)

    def make(self, count: int) -> Iterator[str]:
        """``count`` updates: each place of the tree with each mutation in turn, and others of ``WHOLE`` in between."""
        wanted = [(place, name) for name in MUTATIONS for place in self.places]
        self.dice.shuffle(wanted)
        for number in range(count):
            self.choose_sender(number)
            if number % 8 == 7:
                name, text = self.change_whole(number)
            else:
                place, name = wanted[number % len(wanted)]
                text = self.change_field(place, name)
            self.made[name] += 1
            yield text

    def choose_sender(self, number: int) -> None:
        """A stranger, or one of the chats that exist; now and then in a group or channel."""
        builder = self.builder
        exists = bool(self.own) and number % 3 == 0
        builder.sender = self.own[number % len(self.own)] if exists else FIRST_STRANGER + number % STRANGERS
        builder.chat = builder.sender if number % ONE_IN_GROUP else -1_000_000_000_000 - number % STRANGERS

    def change_field(self, place: Field, name: str) -> str:
        content, path = self.builder.build(place)
        return write(mutate(content, path, MUTATIONS[name], self.dice))

    def change_whole(self, number: int) -> tuple[str, str]:
        """What is wrong with the update, and its text."""
        content, _ = self.builder.build(self.dice.choice(self.places))
        kind = next(iter(content), "message")
        whole: dict[str, Callable[[], str]] = {
            "replay": lambda: self.replay(content),
            "kind of tomorrow": lambda: write({"kind_of_tomorrow": content.get(kind)}),
            "no kind": lambda: write({}),
            "all kinds at once": lambda: write(content | self.builder.build(self.dice.choice(self.places))[0]),
            "not an object": lambda: write({kind: self.dice.choice((None, 7, "text", [], [content], True))}),
            "chat in chat": lambda: write_chain(content),
            "foreign chat": self.enter_foreign_chat,
            "foreign sender": self.pretend,
            "migration": self.migrate,
            "wrong id": lambda: write(content).replace(ID_PLACE, self.dice.choice(WRONG_IDS), 1),
            "double key": lambda: write({"message": Raw('{"chat":{"id":1},"chat":{"id":2},"date":1,"message_id":1}')}),
        }
        name = list(whole)[number // 8 % len(whole)]
        return name, whole[name]()

    def remember(self, texts: Sequence[str], ids: Sequence[int]) -> None:
        """Take note of updates that were sent, which may be sent once more with the same id."""
        self.sent += [text.replace(ID_PLACE, str(number)) for text, number in zip(texts, ids, strict=True)]
        del self.sent[:-KEPT]

    def replay(self, content: Json) -> str:
        return self.dice.choice(self.sent) if self.sent else write(content)

    def enter_foreign_chat(self) -> str:
        """A private chat that is not the sender's."""
        self.builder.chat = self.dice.choice(self.victims or (1,))
        return write(self.builder.build(self.find_place(telegram.Update, "message", "callback_query"))[0])

    def pretend(self) -> str:
        """A victim as the sender, in the chat of somebody else."""
        self.builder.sender = self.dice.choice(self.victims or (1,))
        self.builder.chat = self.dice.choice(self.own or (2,))
        return write(self.builder.build(self.find_place(telegram.Update, "message", "callback_query"))[0])

    def migrate(self) -> str:
        content, path = self.builder.build(
            self.find_place(telegram.Message, "migrate_to_chat_id", "migrate_from_chat_id")
        )
        target = self.dice.choice((-1, INT64, self.builder.sender, *self.victims))
        return write(mutate(content, path, lambda _value, _dice: target, self.dice))

    def find_place(self, owner: type, *names: str) -> Field:
        name = self.dice.choice(names)
        return next(one for one in self.places if one.owner is owner and one.name == name)


def mutate(content: Json, path: Path, change: Mutate, dice: random.Random) -> Json:
    """Change the value at ``path``; a way that the library has not written is made."""
    parent: Any = content
    for key in path[:-1]:
        parent = parent[key] if isinstance(key, int) else parent.setdefault(key, {})
    last = path[-1]
    changed = change(parent.get(last), dice)
    if changed is Missing:
        parent.pop(last, None)
    else:
        parent[last] = changed
    return content


def write(content: Json) -> str:
    """The text of an update, with the place for its id; lone surrogates are escaped."""
    raws: list[str] = []

    def keep(value: Any) -> Any:
        if isinstance(value, Raw):
            raws.append(value)
            return f"@raw{len(raws) - 1}@"
        if isinstance(value, dict):
            return {key: keep(part) for key, part in value.items()}
        return [keep(part) for part in value] if isinstance(value, list | tuple) else value

    text = json.dumps({"update_id": "@id@"} | keep({key: content[key] for key in content if key != "update_id"}))
    for number, raw in enumerate(raws):
        text = text.replace(f'"@raw{number}@"', raw)
    return text.replace('"@id@"', ID_PLACE)


def write_chain(content: Json) -> str:
    """A message that replies to one that replies to one … a thousand times."""
    message = json.dumps(next(iter(content.values()), {}))
    opening = '{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"reply_to_message":'
    return f'{{"update_id": {ID_PLACE}, "message":{opening * DEEP}{message}{"}" * DEEP}}}'
