"""Updates that no Telegram sends: all are stored and ended, and another person is answered in time throughout."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from itertools import islice

from sandbox.updates import ID_PLACE
from tests.chaos.attacks.mutations import Attacker
from tests.chaos.attacks.neighbour import PATIENCE_SECONDS, describe, open_neighbour
from tests.chaos.consistency import check_consistency, drop_dead_letters
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_documents
from tests.chaos.scene import Scene, open_scene
from tests.servers.programs import PostgresServer, find_postgres
from tests.stack import find_free_port

FULL, QUICK = 5_600, 300
LONGEST_SECONDS = 2.0
OWN_CHATS = 30
BATCH = 10
# Telegram allows the bot 25 messages a second. With more updates that get a reply, everybody would wait for that.
MOST_WAITING = 25
STALLED_SECONDS = 60.0
LOOK_SECONDS = 0.1
STATES = "SELECT state, count(*) FROM updates GROUP BY state"
NEW = f'{{"update_id": {ID_PLACE}'


@dataclass(frozen=True)
class Way:
    """A database, and how updates come."""

    database: str
    transport: str

    @property
    def name(self) -> str:
        return f"{self.database}_{self.transport}"


ALL = [Way(database, transport) for database in ("sqlite", "postgres") for transport in ("polling", "webhook")]
# Each of both once.
FEW = [ALL[0], ALL[3]]


def run(plan: Plan) -> Outcome:
    outcome = Outcome("hostile_updates", longest_wait=PATIENCE_SECONDS if plan.quick else LONGEST_SECONDS)
    programs = find_postgres()
    if programs is None:
        outcome.problems.append("PostgreSQL's initdb is not installed")
        return outcome
    postgres = PostgresServer(programs)
    postgres.start()
    try:
        for way in FEW if plan.quick else ALL:
            settings = {"DATABASE_URL": postgres.make_database()} if way.database == "postgres" else {}
            run_way(plan, outcome, way, settings, plan.choose(FULL, QUICK))
    finally:
        postgres.stop()
    if late := [wait for wait in outcome.waits if wait > LONGEST_SECONDS and not plan.quick]:
        outcome.problems.append(f"{len(late)} of {len(outcome.waits)} answers took longer, up to {max(late):.1f} s")
    return outcome


def run_way(plan: Plan, outcome: Outcome, way: Way, settings: dict[str, str], count: int) -> None:
    """Send ``count`` hostile updates to a Socrate of its own."""
    if way.transport == "webhook":
        port = str(find_free_port())
        settings = settings | {"PORT": port, "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}"}
    with open_scene(plan, f"{outcome.name}_{way.name}", settings) as scene:
        neighbour = open_neighbour(scene)
        documents = [str(row[0]) for row in scene.query("SELECT id FROM documents")]
        own = [person.id for person in scene.meet(OWN_CHATS)]
        stream = Stream(scene, Attacker(scene.dice, own, [neighbour.person.id], documents))
        with neighbour.busy():
            stream.send(count)
        neighbour.report(outcome)
        outcome.notes[way.name] = f"{stream.describe()},answers:{describe(neighbour.waits)}"
        stream.check(outcome, way)
        if not stream.stalled:
            count_documents(scene, outcome)
            drop_dead_letters(scene)
            check_consistency(scene, outcome)


@dataclass
class Stream:
    """Sends hostile updates, no faster than they are handled."""

    scene: Scene
    attacker: Attacker
    ids: list[int] = field(default_factory=list)
    sent: int = 0
    stalled: bool = False

    def send(self, count: int) -> None:
        """Send ``count`` updates; ends early if none is handled for a while."""
        texts = self.attacker.make(count)
        while not self.stalled and (batch := list(islice(texts, BATCH))):
            self.post(batch)
            self.stalled = not self.wait_below(MOST_WAITING)
        # The last update that arrives has a new id, by which all others are confirmed.
        self.scene.people[0].say("/help")
        self.stalled = self.stalled or not self.wait_below(1)

    def post(self, texts: list[str]) -> None:
        ids = self.scene.sandbox.post("updates", {"texts": texts})["ids"]
        self.attacker.remember(texts, ids)
        self.ids += [number for one, number in zip(texts, ids, strict=True) if one.startswith(NEW)]
        self.sent += len(texts)

    def wait_below(self, most: int) -> bool:
        """Wait until fewer updates wait; False if their number has not gone down for a while."""
        least, since = sys.maxsize, time.monotonic()
        while (waiting := self.scene.count_unfetched() + self.scene.count_unhandled()) >= most:
            if waiting < least:
                least, since = waiting, time.monotonic()
            if time.monotonic() - since > STALLED_SECONDS:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    def count_states(self) -> dict[str, int]:
        """The number of stored updates by state, those of the other person among them."""
        return {str(state): int(count) for state, count in self.scene.query(STATES)}

    def describe(self) -> str:
        states = ",".join(f"{state}:{count}" for state, count in sorted(self.count_states().items()))
        return f"sent:{self.sent},{states}"

    def check(self, outcome: Outcome, way: Way) -> None:
        """Every update with an id of its own must have a row, and no update may wait any more."""
        stored = {int(row[0]) for row in self.scene.query("SELECT update_id FROM updates")}
        outcome.n += self.sent
        outcome.lost += len(set(self.ids) - stored)
        if self.stalled:
            left = self.scene.count_unfetched(), self.scene.count_unhandled()
            outcome.problems.append(
                f"{way.name}: nothing went on for {STALLED_SECONDS:.0f} s after {self.sent} updates;"
                f" not fetched {left[0]}, not handled {left[1]}\n{self.scene.stack.read_logs()[-3000:]}"
            )
