"""Each call to database, storage and HTTP of a whole story fails once; people can still reach their goal."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import zip_longest

from tests.chaos.consistency import check_consistency
from tests.chaos.injector.faults import Fault, FaultControl, list_failing_ways, list_faults, list_unforeseen_ways
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.scene import Scene, open_scene
from tests.chaos.story import CHAPTERS, Story, Stuck, find_secret
from tests.servers.openai_server import OpenAIServer
from tests.servers.programs import S3_CREDENTIALS, PostgresServer, S3Server, find_postgres

COUNTED_STORIES = 2
# Stacks mostly wait: three take hardly longer than one.
STACKS = 3
QUICK_FAULTS = 12
# A sample, because each takes seconds: in one process every call is struck (``unforeseen``).
UNFORESEEN_FAULTS = 600
LONGEST_UNFORESEEN_SECONDS = 120.0
STORIES_BETWEEN_AUDITS = 20
LONGEST_SECONDS = 60.0
# The rarest call of a background thread comes twice a minute.
ROUND_SECONDS = 35.0
Chapters = dict[str, Fault]


@dataclass
class StoryRunner:
    """Runs one story after the other on a stack whose processes have fault injectors."""

    scene: Scene
    control: FaultControl
    outcome: Outcome
    lock: threading.Lock
    list_files: Callable[[], list[str]]
    missed: list[Fault] = field(default_factory=list)
    finished: int = 0

    def run(self, faults: Chapters) -> dict[str, Counter[str]]:
        """Run a whole story with at most one fault in each chapter; returns the calls of each chapter."""
        [person] = self.scene.meet(1)
        story = Story(self.scene, person, self.list_files)
        counts = {}
        for chapter in CHAPTERS:
            counts[chapter] = Counter[str]()
            with self.control.counted(counts[chapter]):
                go_on = self.run_chapter(story, chapter, faults.get(chapter))
            if not go_on:
                self.missed += [faults[late] for late in after(chapter) if late in faults]
                break
        story.check_words()
        self.note(story, "at the end")
        self.finished += 1
        if self.finished % STORIES_BETWEEN_AUDITS == 0:
            self.audit()
        return counts

    def run_chapter(self, story: Story, chapter: str, fault: Fault | None) -> bool:
        """Run one chapter; returns False if the story cannot go on."""
        with self.control.ordered(fault):
            try:
                CHAPTERS[chapter](story)
            except (Stuck, AssertionError) as error:
                story.complain(f"stuck: {error}")
                return False
            finally:
                struck = self.control.has_struck(ROUND_SECONDS if fault and fault.is_background else 0.0)
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
            check_consistency(self.scene, self.outcome)


def run(plan: Plan) -> Outcome:
    """As on one machine: SQLite and a folder."""
    outcome = Outcome("calls_fail", longest_wait=LONGEST_SECONDS)
    with ExitStack() as stack:
        open_one = Opener(stack, plan, outcome).open_near
        fail_every_call(plan, outcome, [open_one(number) for number in range(plan.choose(STACKS, 2))])
    return outcome


def run_unforeseen(plan: Plan) -> Outcome:
    """As ``run``; calls are struck in ways that nobody foresaw, and also those to Redis, files and programs."""
    outcome = Outcome("unforeseen_in_processes", longest_wait=LONGEST_UNFORESEEN_SECONDS)
    with ExitStack() as stack:
        open_one = Opener(stack, plan, outcome).open_near
        runners = [open_one(number) for number in range(plan.choose(STACKS, 2))]
        fail_every_call(plan, outcome, runners, list_unforeseen_ways, plan.choose(UNFORESEEN_FAULTS, QUICK_FAULTS))
    return outcome


def run_far(plan: Plan) -> Outcome:
    """As on many machines: PostgreSQL and a bucket."""
    outcome = Outcome("calls_fail_far", longest_wait=LONGEST_SECONDS)
    programs = find_postgres()
    if programs is None:
        outcome.problems.append("PostgreSQL's initdb is not installed")
        return outcome
    # A scenario prints only its one line.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    postgres, buckets = PostgresServer(programs), S3Server()
    postgres.start()
    try:
        with ExitStack() as stack:
            open_one = Opener(stack, plan, outcome).open_far
            fail_every_call(plan, outcome, [open_one(number, postgres, buckets) for number in range(plan.choose(2, 1))])
    finally:
        buckets.stop()
        postgres.stop()
    return outcome


@dataclass
class Opener:
    """Opens stacks that are stopped at the end of the scenario; they share one language model."""

    stack: ExitStack
    plan: Plan
    outcome: Outcome

    def __post_init__(self) -> None:
        self.model = self.stack.enter_context(OpenAIServer(find_secret))
        self.lock = threading.Lock()

    def open_near(self, number: int) -> StoryRunner:
        data = self.plan.folder / f"{self.outcome.name}{number}" / "data"
        return self.open(
            number, {}, lambda: [path.name for path in (data / "storage" / "tenants").rglob("*") if path.is_file()]
        )

    def open_far(self, number: int, postgres: PostgresServer, buckets: S3Server) -> StoryRunner:
        url = buckets.make_bucket()
        settings = {"DATABASE_URL": postgres.make_database(), "STORAGE_URL": url} | S3_CREDENTIALS
        return self.open(number, settings, lambda: [name for name in buckets.list_objects(url) if "/tenants/" in name])

    def open(self, number: int, settings: dict[str, str], list_files: Callable[[], list[str]]) -> StoryRunner:
        name = f"{self.outcome.name}{number}"
        control = FaultControl(self.plan.folder / f"{name}-calls")
        model = {"OPENAI_API_KEY": "sk-a-key", "OPENAI_BASE_URL": self.model.url, "OPENAI_MODEL": "test-model"}
        scene = self.stack.enter_context(open_scene(self.plan, name, settings | model | control.make_settings()))
        return StoryRunner(scene, control, self.outcome, self.lock, list_files)


def fail_every_call(
    plan: Plan,
    outcome: Outcome,
    runners: Sequence[StoryRunner],
    list_ways: Callable[[str], tuple[str, ...]] = list_failing_ways,
    most: int | None = None,
) -> None:
    """Count the calls of a story, then let each fail; faults whose call was not made are tried once more.

    Of more than ``most`` faults a random sample is tried.
    """
    counted = [runners[0].run({}) for _ in range(COUNTED_STORIES + 1)][1:]
    faults = list_faults({chapter: [counts[chapter] for counts in counted] for chapter in CHAPTERS}, list_ways)
    most = most or (QUICK_FAULTS if plan.quick else len(faults))
    run_all(runners, plan.dice.sample(faults, min(most, len(faults))))
    missed = [fault for runner in runners for fault in runner.missed]
    for runner in runners:
        runner.missed.clear()
    run_all(runners, missed)
    outcome.notes |= count_kinds(faults) | {"missed": sum(len(runner.missed) for runner in runners)}
    for runner in runners:
        runner.audit()


def after(chapter: str) -> list[str]:
    names = list(CHAPTERS)
    return names[names.index(chapter) + 1 :]


def run_all(runners: Sequence[StoryRunner], faults: Sequence[Fault]) -> None:
    """Run as many stories as it takes to place each fault in its chapter; the runners share them."""
    stories = iter(list(pack(faults)))
    lock = threading.Lock()

    def work(runner: StoryRunner) -> None:
        while True:
            with lock:
                story = next(stories, None)
            if story is None:
                return
            runner.run(story)

    with ThreadPoolExecutor(len(runners)) as threads:
        list(threads.map(work, runners))


def pack(faults: Sequence[Fault]) -> Iterator[Chapters]:
    """Distribute the faults over stories, at most one in each chapter."""
    by_chapter = [[fault for fault in faults if fault.chapter == chapter] for chapter in CHAPTERS]
    for row in zip_longest(*by_chapter):
        yield {fault.chapter: fault for fault in row if fault is not None}


def count_kinds(faults: Sequence[Fault]) -> dict[str, object]:
    """The number of faults of each kind of call."""
    kinds = Counter(fault.call.partition(".")[0] for fault in faults)
    return {f"{kind}_faults": count for kind, count in kinds.items()}
