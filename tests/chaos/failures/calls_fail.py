"""Every call to database, storage and HTTP of one whole story fails once: people read a sentence and get there."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import zip_longest

from tests.chaos.calls import Fault, Ledger, list_faults
from tests.chaos.house_check import check_house
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.scene import Scene, open_scene
from tests.chaos.story import CHAPTERS, Story, Stuck, find_secret
from tests.openai_server import OpenAIServer
from tests.servers import S3_CREDENTIALS, PostgresServer, S3Server, find_postgres

COUNTED_STORIES = 2
# Mostly they wait: a few stacks beside each other take hardly longer than one.
STACKS = 3
QUICK_FAULTS = 12
STORIES_BETWEEN_AUDITS = 20
LONGEST_SECONDS = 60.0
# The slowest of what comes by itself comes twice a minute.
ROUND_SECONDS = 35.0
Chapters = dict[str, Fault]


@dataclass
class Teller:
    """One stack and the doors of its processes; it tells one story after the other."""

    scene: Scene
    ledger: Ledger
    outcome: Outcome
    lock: threading.Lock
    list_files: Callable[[], list[str]]
    missed: list[Fault] = field(default_factory=list)
    told: int = 0

    def tell(self, faults: Chapters) -> dict[str, Counter[str]]:
        """A whole story with at most one fault a chapter; give the calls of each chapter."""
        [person] = self.scene.meet(1)
        story = Story(self.scene, person, self.list_files)
        counts = {}
        for chapter in CHAPTERS:
            counts[chapter] = Counter[str]()
            with self.ledger.counted(counts[chapter]):
                go_on = self.tell_chapter(story, chapter, faults.get(chapter))
            if not go_on:
                self.missed += [faults[late] for late in after(chapter) if late in faults]
                break
        story.check_words()
        self.note(story, "at the end")
        self.told += 1
        if self.told % STORIES_BETWEEN_AUDITS == 0:
            self.audit()
        return counts

    def tell_chapter(self, story: Story, chapter: str, fault: Fault | None) -> bool:
        """False where the story cannot go on after it."""
        with self.ledger.ordered(fault):
            try:
                CHAPTERS[chapter](story)
            except (Stuck, AssertionError) as error:
                story.complain(f"stuck: {error}")
                return False
            finally:
                struck = self.ledger.has_struck(ROUND_SECONDS if fault and fault.comes_by_itself else 0.0)
                self.note(story, str(fault or chapter))
                if fault is not None:
                    self.outcome.n += struck
                    self.missed += [] if struck else [fault]
        return True

    def note(self, story: Story, where: str) -> None:
        with self.lock:
            self.outcome.problems += [f"{where}: {problem}" for problem in story.problems]
            self.outcome.waits += story.waits
        story.problems.clear()
        story.waits.clear()

    def audit(self) -> None:
        with self.lock:
            check_house(self.scene, self.outcome)


def run(plan: Plan) -> Outcome:
    """On one machine: SQLite and a folder."""
    outcome = Outcome("calls_fail", longest_wait=LONGEST_SECONDS)
    with ExitStack() as stack:
        open_one = Opener(stack, plan, outcome).open_near
        tell_of_all(plan, outcome, [open_one(number) for number in range(plan.choose(STACKS, 2))])
    return outcome


def run_far(plan: Plan) -> Outcome:
    """As on many machines: PostgreSQL and a bucket."""
    outcome = Outcome("calls_fail_far", longest_wait=LONGEST_SECONDS)
    programs = find_postgres()
    if programs is None:
        outcome.problems.append("PostgreSQL's initdb is not installed")
        return outcome
    # Only the one line of the scenario is printed.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    postgres, buckets = PostgresServer(programs), S3Server()
    postgres.start()
    try:
        with ExitStack() as stack:
            open_one = Opener(stack, plan, outcome).open_far
            tell_of_all(plan, outcome, [open_one(number, postgres, buckets) for number in range(plan.choose(2, 1))])
    finally:
        buckets.stop()
        postgres.stop()
    return outcome


@dataclass
class Opener:
    """Opens stacks that end with the scenario; one language model serves them all."""

    stack: ExitStack
    plan: Plan
    outcome: Outcome

    def __post_init__(self) -> None:
        self.model = self.stack.enter_context(OpenAIServer(find_secret))
        self.lock = threading.Lock()

    def open_near(self, number: int) -> Teller:
        data = self.plan.folder / f"{self.outcome.name}{number}" / "data"
        return self.open(
            number, {}, lambda: [path.name for path in (data / "storage" / "tenants").rglob("*") if path.is_file()]
        )

    def open_far(self, number: int, postgres: PostgresServer, buckets: S3Server) -> Teller:
        url = buckets.make_bucket()
        settings = {"DATABASE_URL": postgres.make_database(), "STORAGE_URL": url} | S3_CREDENTIALS
        return self.open(number, settings, lambda: [name for name in buckets.list_objects(url) if "/tenants/" in name])

    def open(self, number: int, settings: dict[str, str], list_files: Callable[[], list[str]]) -> Teller:
        name = f"{self.outcome.name}{number}"
        ledger = Ledger(self.plan.folder / f"{name}-calls")
        model = {"OPENAI_API_KEY": "sk-a-key", "OPENAI_BASE_URL": self.model.url, "OPENAI_MODEL": "test-model"}
        scene = self.stack.enter_context(open_scene(self.plan, name, settings | model | ledger.make_settings()))
        return Teller(scene, ledger, self.outcome, self.lock, list_files)


def tell_of_all(plan: Plan, outcome: Outcome, tellers: Sequence[Teller]) -> None:
    """Count the calls of the story, then have each fail; what was not met for once is tried again."""
    told = [tellers[0].tell({}) for _ in range(COUNTED_STORIES + 1)][1:]
    faults = list_faults({chapter: [counts[chapter] for counts in told] for chapter in CHAPTERS})
    tell_all(tellers, plan.dice.sample(faults, QUICK_FAULTS) if plan.quick else faults)
    missed = [fault for teller in tellers for fault in teller.missed]
    for teller in tellers:
        teller.missed.clear()
    tell_all(tellers, missed)
    outcome.notes |= count_kinds(faults) | {"missed": sum(len(teller.missed) for teller in tellers)}
    for teller in tellers:
        teller.audit()


def after(chapter: str) -> list[str]:
    names = list(CHAPTERS)
    return names[names.index(chapter) + 1 :]


def tell_all(tellers: Sequence[Teller], faults: Sequence[Fault]) -> None:
    """All faults, each in its chapter of some story; the tellers share the stories."""
    stories = iter(list(pack(faults)))
    lock = threading.Lock()

    def work(teller: Teller) -> None:
        while True:
            with lock:
                story = next(stories, None)
            if story is None:
                return
            teller.tell(story)

    with ThreadPoolExecutor(len(tellers)) as threads:
        list(threads.map(work, tellers))


def pack(faults: Sequence[Fault]) -> Iterator[Chapters]:
    """One fault of each chapter to a story: the next comes when the one before is over and done with."""
    by_chapter = [[fault for fault in faults if fault.chapter == chapter] for chapter in CHAPTERS]
    for row in zip_longest(*by_chapter):
        yield {fault.chapter: fault for fault in row if fault is not None}


def count_kinds(faults: Sequence[Fault]) -> dict[str, object]:
    """How many calls of each kind the story has, by the ways in which they are made to fail."""
    kinds = Counter(fault.call.partition(".")[0] for fault in faults)
    return {f"{kind}_faults": kinds[kind] for kind in ("db", "storage", "http")}
