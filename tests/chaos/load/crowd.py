"""Many people send commands for a while, then all at once: everybody gets an answer, and taps are answered at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.scene import END_SECONDS, Scene, open_scene
from tests.driver import Person
from tests.stack import wait_until

COMMANDS = ("/quota", "/docs", "/status", "/help")
# Taps at the same time, in a crowd that gets 25 messages a second.
AT_ONCE = 30
TAPS_IN_STORM = 3
LONGEST_TAP_SECONDS = 0.5
ANSWER_SECONDS = 60
# The card of a document that does not exist: it takes a look into the database and no message.
BUTTON = f"card:{'0' * 16}:0"


def run(plan: Plan) -> Outcome:
    outcome = Outcome("crowd", longest_wait=LONGEST_TAP_SECONDS)
    people, rounds, storm = plan.choose(150, 40), plan.choose(20, 12), plan.choose(600, 100)
    with open_scene(plan, outcome.name) as scene:
        scene.meet(people)
        crowd = Crowd(scene)
        for number in range(rounds):
            asyncio.run(crowd.say_all(scene.people, COMMANDS[number % 4]))
            crowd.wait_answered()
            asyncio.run(crowd.tap_all(scene.people))
        outcome.notes |= crowd.storm(storm)
        outcome.n, outcome.lost, outcome.waits = crowd.said + len(crowd.waits), crowd.said - crowd.count(), crowd.waits
        outcome.notes["unanswered_taps"] = sum(wait >= ANSWER_SECONDS for wait in outcome.waits)
        if "Something went wrong" in "".join(person.describe() for person in scene.people):
            outcome.problems.append("a person read about an error")
        check_consistency(scene, outcome)
    return outcome


@dataclass
class Crowd:
    """Acts for many people from one event loop; one client for each would be slower than what is measured."""

    scene: Scene
    said: int = 0
    waits: list[float] = field(default_factory=list)

    async def say_all(self, people: Sequence[Person], text: str) -> None:
        """Send one message from each person, all at once."""
        async with self._open() as session:
            await asyncio.gather(*(self._post(session, person, "messages", {"text": text}) for person in people))
        self.said += len(people)

    async def tap_all(self, people: Sequence[Person]) -> None:
        """One tap from each person, ``AT_ONCE`` at a time; adds the seconds until the answer to ``waits``."""
        slots = asyncio.Semaphore(AT_ONCE)
        message_ids = [int(person.last_bot_message()["message_id"]) for person in people]
        async with self._open() as session:
            taps = (self._tap(session, person, number) for person, number in zip(people, message_ids, strict=True))
            await asyncio.gather(*(within(slots, tap) for tap in taps))

    async def _tap(self, session: ClientSession, person: Person, message_id: int) -> None:
        began = time.monotonic()
        await self._post(session, person, f"taps?wait={ANSWER_SECONDS}", {"message_id": message_id, "data": BUTTON})
        self.waits.append(time.monotonic() - began)

    def storm(self, count: int) -> dict[str, str]:
        """Send ``count`` messages from four fifths of the people at once, while the others tap buttons."""
        most = len(self.scene.people) * 4 // 5
        loud, quiet = self.scene.people[:most], self.scene.people[most:]
        began = time.monotonic()
        asyncio.run(self.say_all([loud[number % most] for number in range(count)], "/quota"))
        sent = time.monotonic()
        for _ in range(TAPS_IN_STORM):
            asyncio.run(self.tap_all(quiet))
        tapped = time.monotonic()
        self.wait_answered()
        ends = {"sent": sent, "tapped": tapped, "answered": time.monotonic()}
        return {f"storm_{what}_in": f"{moment - began:.1f}s" for what, moment in ends.items()}

    def _open(self) -> ClientSession:
        connector = TCPConnector(limit=100)
        return ClientSession(self.scene.sandbox.url, connector=connector, timeout=ClientTimeout(total=120))

    async def _post(self, session: ClientSession, person: Person, what: str, body: dict[str, Any]) -> None:
        async with session.post(f"/sandbox/people/{person.id}/{what}", json=body) as answer:
            answer.raise_for_status()

    def wait_answered(self) -> None:
        """Wait for the database first, which does not load the sandbox, and then count the answers in the chats."""
        self.scene.wait_taken_in()
        wait_until(lambda: self.count() >= self.said, f"{self.said} answers", self.scene.stack.read_logs, END_SECONDS)

    def count(self) -> int:
        """The number of messages of the bot in all chats."""
        return sum(not message["out"] for person in self.scene.people for message in person.messages())


async def within(slots: asyncio.Semaphore, work: Coroutine[None, None, None]) -> None:
    async with slots:
        await work
