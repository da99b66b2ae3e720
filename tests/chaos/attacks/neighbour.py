"""Another person, who goes on with their own things during an attack, and how long they wait for each answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from tests.chaos.outcome import Outcome
from tests.chaos.scene import Scene
from tests.driver import Person, Sandbox

# Nobody waits longer; an answer that has not come by then counts as lost.
PATIENCE_SECONDS = 30.0
# Telegram allows one message a second in a chat.
PAUSE_SECONDS = 1.5
LOST_TAP = "a tap was not answered"


@dataclass
class Neighbour:
    """Sends a command and taps a button in turn, over a connection of their own, from a thread of their own."""

    person: Person
    waits: list[float] = field(default_factory=list)
    unanswered: int = 0

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
        own = Person(Sandbox(self.person.sandbox.url), self.person.id, self.person.name)
        number = 0
        while not over.is_set():
            began = time.monotonic()
            try:
                (tap if number % 2 else ask)(own)
                self.waits.append(time.monotonic() - began)
            except AssertionError:
                self.waits.append(PATIENCE_SECONDS)
                self.unanswered += 1
            number += 1
            over.wait(PAUSE_SECONDS)
        own.sandbox.close()

    def report(self, outcome: Outcome) -> None:
        """Add the waits to ``outcome``, and what was never answered as lost."""
        outcome.waits += self.waits
        outcome.lost += self.unanswered
        outcome.n += len(self.waits)


def ask(person: Person) -> None:
    """Send a command; nothing else is written into the chat meanwhile."""
    person.wait_for(lambda _message: True, PATIENCE_SECONDS, after=person.say("/quota"))


def tap(person: Person) -> None:
    """Tap a button of a document that does not exist, which takes a look into the database and no message."""
    message_id = int(person.last_bot_message()["message_id"])
    answer = person.sandbox.post(
        f"people/{person.id}/taps?wait={PATIENCE_SECONDS}", {"message_id": message_id, "data": f"card:{'0' * 16}:0"}
    )["answer"]
    assert answer is not None, LOST_TAP


def describe(waits: list[float]) -> str:
    """The middle, the 95th of a hundred and the longest of these waits, in seconds."""
    ordered = sorted(waits) or [0.0]
    return f"{median(ordered):.2f}/{ordered[int((len(ordered) - 1) * 0.95)]:.2f}/{ordered[-1]:.2f}s"


def open_neighbour(scene: Scene) -> Neighbour:
    """A person with a ready document of their own."""
    [person] = scene.meet(1)
    scene.send(person)
    scene.wait_ended()
    return Neighbour(person)
