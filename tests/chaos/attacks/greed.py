"""What one person can do that costs most, of each kind, as fast as Telegram lets them."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial

from sandbox.updates import ID_PLACE
from tests.chaos.scene import WORDS, Scene
from tests.documents import make_pdf, make_raw_docx
from tests.driver import Person, Sandbox

Action = Callable[[], object]
# Telegram answers clients that send more with a flood wait.
ACTIONS_A_SECOND = 5
PARAGRAPHS, LINES, ALBUM, CHATS, TAPS, EXPORTS = 7_000, 10, 10, 100, 10, 5
HEAVY_PAGES, HEAVY_WORDS = 20, 900
COMMON = "lantern harbour copper"
IDS = """
SELECT {table}.id FROM {table} JOIN tenants ON tenants.id = {table}.tenant_id
WHERE tenants.telegram_id = :me ORDER BY {table}.created_at DESC
"""


@dataclass
class Greedy:
    """A person whose thread does one expensive thing after the other; ``done`` counts them by name."""

    scene: Scene
    person: Person
    done: Counter[str] = field(default_factory=Counter)
    number: int = 0

    @contextmanager
    def busy(self) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=self._live, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _live(self, over: threading.Event) -> None:
        self.person = Person(Sandbox(self.scene.stack.sandbox_url), self.person.id, self.person.name)
        for name, act in itertools.cycle(GREED.items()):
            for action in act(self):
                action()
                self.done[name] += 1
                if over.wait(1 / ACTIONS_A_SECOND):
                    self.person.sandbox.close()
                    return

    def list_ids(self, table: str) -> list[str]:
        return [str(row[0]) for row in self.scene.query(IDS.format(table=table), me=self.person.id)]

    def tap(self, data: str) -> None:
        """Tap a button without waiting for the answer."""
        message_id = next((one["message_id"] for one in self.person.messages() if not one["out"]), None)
        if message_id is not None:
            self.person.sandbox.post(f"people/{self.person.id}/taps?wait=0", {"message_id": message_id, "data": data})

    def send_many_passages(self) -> Iterator[Action]:
        """50 kB of Word that become four thousand passages."""
        self.number += 1
        lines = (write_line(self.number, index) * LINES for index in range(PARAGRAPHS))
        content = make_raw_docx("".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines))
        yield partial(self.send, content, f"many{self.number}.docx")

    def send_heavy_pages(self) -> Iterator[Action]:
        self.number += 1
        yield partial(self.send, self.heavy_pdf + f"\n%{self.number}".encode(), f"heavy{self.number}.pdf")

    def send_album(self) -> Iterator[Action]:
        group = f"album{self.number}"
        for _ in range(ALBUM):
            self.number += 1
            content = "\n\n".join(write_line(self.number, index) * 5 for index in range(200))
            yield partial(self.send, content.encode(), f"part{self.number}.txt", group)

    def send(self, content: bytes, name: str, group: str | None = None) -> None:
        self.person.send_file(content, name, media_group_id=group)

    @cached_property
    def heavy_pdf(self) -> bytes:
        words = itertools.cycle(WORDS)
        return make_pdf([" ".join(itertools.islice(words, HEAVY_WORDS)) for _ in range(HEAVY_PAGES)])

    def export_everything(self) -> Iterator[Action]:
        for _ in range(EXPORTS):
            yield partial(self.say, "/mydata")

    def export_films(self) -> Iterator[Action]:
        yield from (partial(self.tap, f"export:{one}") for one in self.list_ids("documents")[:3])

    def find(self) -> Iterator[Action]:
        yield partial(self.say, f"/find {COMMON}")
        yield partial(self.say, "/find e")

    def ask(self) -> Iterator[Action]:
        """Ask everything, and edit the question again and again."""
        asked = self.person.say(f"What is said about {COMMON} number {self.number}?")
        for number in range(3):
            yield partial(self.person.change, asked, f"What is said about {WORDS[number]} and {COMMON}?")

    def show_pages(self) -> Iterator[Action]:
        for one in self.list_ids("questions")[:2]:
            yield from (partial(self.tap, f"cite:{one}:{number}") for number in (1, 2, 3))

    def again(self) -> Iterator[Action]:
        yield from (partial(self.tap, f"again:{one}") for one in self.list_ids("questions")[:3])
        yield from (partial(self.tap, f"retry:{one}") for one in self.list_ids("documents")[:3])

    def mash(self) -> Iterator[Action]:
        """Taps on the pages of the list and on cards, faster than anybody reads."""
        cards = [f"card:{one}:0" for one in self.list_ids("documents")[:TAPS]]
        yield from (partial(self.tap, data) for data in (*cards, *(f"docs:{8 * page}" for page in range(TAPS))))

    def rename(self) -> Iterator[Action]:
        for one in self.list_ids("documents")[:2]:
            yield partial(self.tap, f"rename:{one}")
            yield partial(self.say, "n" * 250)

    def use_many_chats(self) -> Iterator[Action]:
        """Messages in a hundred groups at once: each has a place of its own in the line of updates."""
        yield partial(self.post_raw, [describe_in_group(self.person, number) for number in range(CHATS)])

    def post_raw(self, texts: list[str]) -> None:
        self.person.sandbox.post("updates", {"texts": texts})

    def say(self, text: str) -> None:
        self.person.say(text)


GREED: dict[str, Callable[[Greedy], Iterator[Action]]] = {
    "many_passages": Greedy.send_many_passages,
    "ask": Greedy.ask,
    "find": Greedy.find,
    "mash": Greedy.mash,
    "heavy_pages": Greedy.send_heavy_pages,
    "show_pages": Greedy.show_pages,
    "album": Greedy.send_album,
    "mydata": Greedy.export_everything,
    "films": Greedy.export_films,
    "rename": Greedy.rename,
    "again": Greedy.again,
    "many_chats": Greedy.use_many_chats,
}


def write_line(number: int, index: int) -> str:
    words = " ".join(WORDS[(index * step + number) % len(WORDS)] for step in (1, 3, 5))
    return f"Entry {index} of {number}: {words}. "


def describe_in_group(person: Person, number: int) -> str:
    """The text of an update with a message of this person in a group."""
    message = {
        "message_id": int(time.monotonic() * 1000) % 10**9,
        "date": int(time.time()),
        "chat": {"id": -100_000 - number, "type": "group", "title": "A group"},
        "from": {"id": person.id, "is_bot": False, "first_name": person.name, "language_code": "en"},
        "text": "What is the password of the vault?",
    }
    return f'{{"update_id": {ID_PLACE}, "message": {json.dumps(message)}}}'
