"""A crowd asks small things for a while, then all at once: everybody has an answer, buttons at once, and no error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from tests.chaos.house_check import check_house
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.scene import END_SECONDS, Scene, open_scene
from tests.driver import Person
from tests.stack import wait_until

COMMANDS = ("/quota", "/docs", "/status", "/help")
# Hands at once on buttons, in a crowd that is served 25 messages a second.
AT_ONCE = 30
TAPS_IN_STORM = 3
LONGEST_TAP_SECONDS = 0.5
ANSWER_SECONDS = 60
# A card of a document that nobody has: looked up in the database, answered in the tap alone.
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
            outcome.problems.append("somebody read of an error")
        check_house(scene, outcome)
    return outcome


@dataclass
class Crowd:
    """Many people from one loop: a client for each would be slower than what is measured."""

    scene: Scene
    said: int = 0
    waits: list[float] = field(default_factory=list)

    async def say_all(self, people: Sequence[Person], text: str) -> None:
        """One message each, all at once."""
        async with self._open() as session:
            await asyncio.gather(*(self._post(session, person, "messages", {"text": text}) for person in people))
        self.said += len(people)

    async def tap_all(self, people: Sequence[Person]) -> None:
        """One tap each, ``AT_ONCE`` side by side; note the seconds to its answer."""
        hands = asyncio.Semaphore(AT_ONCE)
        places = [int(person.last_bot_message()["message_id"]) for person in people]
        async with self._open() as session:
            taps = (self._tap(session, person, place) for person, place in zip(people, places, strict=True))
            await asyncio.gather(*(within(hands, tap) for tap in taps))

    async def _tap(self, session: ClientSession, person: Person, place: int) -> None:
        began = time.monotonic()
        await self._post(session, person, f"taps?wait={ANSWER_SECONDS}", {"message_id": place, "data": BUTTON})
        self.waits.append(time.monotonic() - began)

    def storm(self, count: int) -> dict[str, str]:
        """``count`` messages of most people in one second; the others go on tapping meanwhile."""
        most = len(self.scene.people) * 4 // 5
        loud, quiet = self.scene.people[:most], self.scene.people[most:]
        began = time.monotonic()
        asyncio.run(self.say_all([loud[place % most] for place in range(count)], "/quota"))
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
        """Looked for by the database, so that looking costs the sandbox nothing; then recounted once."""
        self.scene.wait_taken_in()
        wait_until(lambda: self.count() >= self.said, f"{self.said} answers", self.scene.stack.read_logs, END_SECONDS)

    def count(self) -> int:
        """Messages of the bot."""
        return sum(not message["out"] for person in self.scene.people for message in person.messages())


async def within(hands: asyncio.Semaphore, work: Coroutine[None, None, None]) -> None:
    async with hands:
        await work
