"""The disk is full or read-only at each stage: people read a sentence, and work goes on once there is room."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from bot.texts import say
from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_ends
from tests.chaos.scene import END_SECONDS, Scene, Sent, open_scene
from tests.chaos.small_disk import SmallDisk, can_mount
from tests.driver import Person, read
from tests.stack import wait_until

FETCHING, PACKING = "fetching", "packing"
# A database without room can record nothing that would show when the failure was noticed.
BLIND_SECONDS = 10.0
LONG_TEXT = 60
LOOK_SECONDS = 0.005
MEGABYTES = {"storage": 24, "scratch": 24, "data": 64}
BUSY, KEPT, NO_STORAGE = (say("en", key) for key in ("database_busy", "busy_kept", "storage_down"))
SORRY = say("en", "mydata_failed")


@dataclass(frozen=True)
class Case:
    """The disk ``disk`` has no room from ``stage`` on; if ``lasting``, until the document has failed for good."""

    disk: str
    stage: str
    how: str = "full"
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.disk} {self.how} at {self.stage}{', lasting' if self.lasting else ''}"


STAGES = (FETCHING, "reading", "cutting", "embedding", "filming", "checking")
QUICK = (Case("storage", "embedding"), Case("scratch", FETCHING), Case("data", "embedding"))
FULL = (
    *(Case(disk, stage) for disk in ("storage", "scratch") for stage in STAGES),
    *(Case("data", stage) for stage in (FETCHING, "embedding", "filming")),
    *(Case("storage", stage, "read_only") for stage in (FETCHING, "embedding")),
    Case("scratch", FETCHING, "read_only"),
    *(Case(disk, "reading", lasting=True) for disk in ("storage", "scratch")),
    *(Case(disk, PACKING) for disk in ("storage", "scratch")),
)


@dataclass
class Breaker:
    """Fills a disk, and frees it again once the failure has been noticed."""

    scene: Scene
    disks: dict[str, SmallDisk]
    outcome: Outcome
    noticed: int = 0

    def run(self, case: Case) -> None:
        [person] = self.scene.meet(1)
        if case.stage == PACKING:
            self.break_packing(person, case)
        elif case.stage == FETCHING:
            self.break_fetching(person, case)
        else:
            self.break_work(person, case)
        self.outcome.n += 1

    def break_fetching(self, person: Person, case: Case) -> None:
        """The update is kept, its sender reads so, and the file is fetched later."""
        with self.take_room(case):
            sent = self.scene.send(person)
            person.wait_for(lambda message: any(words in read(message) for words in (KEPT, BUSY)))
        self.check_end(case, sent)

    def break_work(self, person: Person, case: Case) -> None:
        """One attempt fails and the next succeeds; if all fail, there is a button to try again."""
        sent = self.catch(person, case.stage)
        with self.take_room(case):
            if case.disk == "data":
                time.sleep(BLIND_SECONDS)
            elif case.lasting:
                person.wait_for(f"{sent.name} could not be read", END_SECONDS)
                person.wait_for(NO_STORAGE)
            else:
                stopped = lambda: self.read_state(sent) != "working"  # noqa: E731
                wait_until(stopped, f"the end of an attempt ({case})", self.scene.stack.read_logs, END_SECONDS)
                self.noticed += self.read_state(sent) != "ready"
        if case.lasting:
            person.tap("Try again")
        self.check_end(case, sent)

    def break_packing(self, person: Person, case: Case) -> None:
        """A film can be exported from a full disk; an export of all data needs room in the scratch directory."""
        sent = self.scene.send(person)
        person.wait_for(f"{sent.name} is ready", END_SECONDS)
        with self.take_room(case):
            person.tap("Export")
            person.wait_for(lambda message: "document" in message, END_SECONDS)
            asked = person.say("/mydata")
            if case.disk == "scratch":
                person.wait_for(SORRY, END_SECONDS, after=asked)
        asked = person.say("/mydata")
        person.wait_for(lambda message: "document" in message, END_SECONDS, after=asked)
        self.check_end(case, sent)

    def take_room(self, case: Case) -> AbstractContextManager[None]:
        disk = self.disks[case.disk]
        return disk.full() if case.how == "full" else disk.read_only()

    def catch(self, person: Person, stage: str) -> Sent:
        """Send a long text; returns once it is in ``stage``."""
        sent = self.scene.send(person, paragraphs=LONG_TEXT)
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            if self.scene.query(
                "SELECT 1 FROM documents WHERE name = :name AND stage = :stage", name=sent.name, stage=stage
            ):
                return sent
            time.sleep(LOOK_SECONDS)
        raise AssertionError(f"{stage} was never seen\n{self.scene.stack.read_logs()}")

    def read_state(self, sent: Sent) -> str:
        [row] = self.scene.query("SELECT state FROM documents WHERE name = :name", name=sent.name)
        return str(row[0])

    def check_end(self, case: Case, sent: Sent) -> None:
        """Check that the document is ready and its owner got that result once; if ``lasting``, after one failure."""
        began = time.monotonic()
        sent.person.wait_for(f"{sent.name} is ready", END_SECONDS)
        self.scene.wait_ended()
        self.outcome.waits.append(time.monotonic() - began)
        ends, overwritten, ended_again = count_ends(sent.person)
        self.outcome.lost += ends[sent.name] == 0
        self.outcome.twice += ends[sent.name] > 1
        # After "Try again" the same message shows progress and the second result.
        expected = [sent.name] if case.lasting else []
        if ends != {sent.name: 1} or overwritten or ended_again != expected:
            self.outcome.problems.append(f"{case}: results {dict(ends)}, again {ended_again}\n{sent.person.describe()}")


def run(plan: Plan) -> Outcome:
    outcome = Outcome("disk_full")
    if not can_mount(plan.folder / "probe"):
        outcome.problems.append("small disks could not be mounted: it takes root, and a container that lets it")
        return outcome
    data = plan.folder / outcome.name / "data"
    with ExitStack() as stack:
        folders = {"data": data, "storage": data / "storage", "scratch": data / "scratch"}
        disks = {
            name: stack.enter_context(SmallDisk.mounted(folder, MEGABYTES[name])) for name, folder in folders.items()
        }
        scene = stack.enter_context(open_scene(plan, outcome.name))
        scene.warm_up()
        breaker = Breaker(scene, disks, outcome)
        for case in QUICK if plan.quick else FULL:
            breaker.run(case)
        outcome.notes["attempts_broken"] = breaker.noticed
        check_scratch_directory(data / "scratch", outcome)
        check_consistency(scene, outcome)
    return outcome


def check_scratch_directory(scratch_directory: Path, outcome: Outcome) -> None:
    wait_until(lambda: not any(scratch_directory.iterdir()), "an empty scratch directory", seconds=150)
