"""Strikes every call of every chapter of a story, one at a time, in every way that its kind can be struck."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from processing.maintenance.audit.findings import make_comparable
from tests.chaos.machine.boundaries import NO_WAY
from tests.chaos.machine.story import CHAPTERS, Story, Stuck
from tests.chaos.machine.ways import Way, find_allowances, list_ways
from tests.chaos.machine.world import World, open_world

COUNTED_STORIES = 2
# Further calls of the same place in the same chapter are struck like the first ones.
MOST_TURNS = 2
# Calls that come in every chapter; one fault for each way is enough.
BACKGROUND = ("reconciler.", "claim_updates", "list_due_chats", "work_queue.claim_next", "getUpdates", "store_updates")


@dataclass(frozen=True)
class Fault:
    """The ``turn``-th call of this name within a chapter is struck in this way."""

    chapter: str
    call: str
    turn: int
    way: Way

    def __str__(self) -> str:
        return f"{self.chapter}: {self.way} {self.call} #{self.turn}"


@dataclass
class Injector:
    """Chooses the way for every call of a world: counts them, and strikes the one that ``fault`` names."""

    fault: Fault | None = None
    calls: Counter[str] = field(default_factory=Counter)
    struck: bool = False

    def order(self, fault: Fault | None) -> None:
        self.fault, self.struck = fault, False
        self.calls = Counter()

    def choose(self, call: str) -> str:
        self.calls[call] += 1
        fault = self.fault
        if fault is None or self.struck or call != fault.call or self.calls[call] != fault.turn:
            return NO_WAY
        self.struck = True
        return fault.way


@dataclass
class Result:
    """What became of the injections: how many there were, those whose call was not made, and what went wrong."""

    struck: Counter[str] = field(default_factory=Counter)
    missed: list[Fault] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Experiment:
    """Runs stories in one world, each with at most one fault in each chapter. A bystander is served after each."""

    def __init__(self, world: World, result: Result, seed: int = 1) -> None:
        self.world, self.dice, self.injector, self.result = world, random.Random(seed), Injector(), result
        self.secrets: set[str] = set()
        # What a lie has spoilt, of a person who has paid for it, is found again by every audit.
        self.known: set[str] = set()
        world.choose = self.injector.choose
        self.bystander = self.make_story("Bystander")
        with world.silent():
            self.bystander.send()

    def make_story(self, name: str = "Person") -> Story:
        secret = f"secret{self.dice.getrandbits(40):010x}"
        self.secrets.add(secret)
        return Story(self.world, self.world.meet(name), secret)

    def count_calls(self) -> dict[str, list[Counter[str]]]:
        """The calls of each chapter in some stories without faults, after one that fills the caches."""
        self.run({})
        return {
            chapter: [counts[chapter] for counts in counted]
            for counted in [[self.run({}) for _ in range(COUNTED_STORIES)]]
            for chapter in CHAPTERS
        }

    def run(self, faults: dict[str, Fault]) -> dict[str, Counter[str]]:
        """Run a whole story; returns the calls of each chapter."""
        story, counts = self.make_story(), {}
        for chapter in CHAPTERS:
            fault = faults.get(chapter)
            go_on = self.run_chapter(story, chapter, fault)
            counts[chapter] = self.injector.calls
            if not go_on:
                later = list(CHAPTERS)[list(CHAPTERS).index(chapter) + 1 :]
                self.result.missed += [faults[name] for name in later if name in faults]
                break
            if story.forgiving:
                story = self.start_over(chapter)
        self.audit(list(faults.values()))
        return counts

    def start_over(self, chapter: str) -> Story:
        """Somebody else who has done what the chapters so far need: a lie may have spoilt what the first one has."""
        story = self.make_story()
        with self.world.silent():
            story.send()
            if chapter != "send":
                story.ask()
        self.injector.order(None)
        return story

    def run_chapter(self, story: Story, chapter: str, fault: Fault | None) -> bool:
        """Run one chapter; returns False if the story cannot go on."""
        allowed = find_allowances(fault.call, fault.way) if fault else []
        story.forgiving, story.repeating = any(each.lost for each in allowed), any(each.twice for each in allowed)
        self.injector.order(fault)
        try:
            CHAPTERS[chapter](story)
        except (Stuck, AssertionError) as error:
            story.problems.append(f"stuck: {error}")
            return False
        finally:
            struck, calls = self.injector.struck, self.injector.calls
            self.injector.order(None)
            self.injector.calls = calls
            if not story.repeating:
                story.check_ends()
            story.check_nothing_foreign(self.secrets - {story.secret})
            self.note(story, fault, struck)
        return True

    def note(self, story: Story, fault: Fault | None, struck: bool) -> None:
        if struck and fault is not None:
            self.result.struck[fault.way] += 1
            self.serve_bystander()
        elif fault is not None:
            self.result.missed.append(fault)
        self.result.problems += [f"{fault}: {problem}" for each in (story, self.bystander) for problem in each.problems]
        story.problems.clear()
        self.bystander.problems.clear()

    def serve_bystander(self) -> None:
        """Whatever happened to others, the next question of somebody else is answered."""
        with self.world.silent():
            try:
                self.bystander.ask()
            except Stuck:
                self.bystander.problems.append("the bystander is not served")

    def audit(self, faults: Sequence[Fault]) -> None:
        found = {make_comparable(finding) for finding in self.world.audit()}
        findings, self.known = found - self.known, found
        allowed = any(each.findings for fault in faults for each in find_allowances(fault.call, fault.way))
        if findings and not allowed:
            self.result.problems.append(f"{', '.join(map(str, faults))}: {sorted(findings)}")


def strike_all(choose: Callable[[list[Fault]], Sequence[Fault]], *, model: bool, seed: int = 1) -> Result:
    """Strike the faults that ``choose`` returns from the list of all. A fault whose call was not made is tried again.

    A world in which something went wrong is replaced by a new one.
    """
    result = Result()
    with open_world(model=model) as world:
        faults = choose(list_faults(Experiment(world, result, seed).count_calls()))
    for _ in range(2):
        stories, result.missed = list(pack(faults)), []
        while stories:
            with open_world(model=model) as world:
                experiment, before = Experiment(world, result, seed), len(result.problems)
                while stories and len(result.problems) == before:
                    experiment.run(stories.pop(0))
        faults = result.missed
    return result


def list_faults(counts: dict[str, list[Counter[str]]]) -> list[Fault]:
    """Faults for every call that each counted story made, in every way."""
    faults, seen = [], set[str]()
    for chapter, stories in counts.items():
        for call in sorted(set.intersection(*(set(calls) for calls in stories))):
            background = any(word in call for word in BACKGROUND)
            if background and call in seen:
                continue
            seen.add(call)
            turns = 1 if background else min(MOST_TURNS, *(calls[call] for calls in stories))
            ways = list_ways(call)
            faults += [Fault(chapter, call, turn, way) for turn in range(1, turns + 1) for way in ways]
    return faults


def pack(faults: Sequence[Fault]) -> Iterator[dict[str, Fault]]:
    """Distribute the faults over stories, at most one in each chapter."""
    by_chapter = [[fault for fault in faults if fault.chapter == chapter] for chapter in CHAPTERS]
    for row in zip_longest(*by_chapter):
        yield {fault.chapter: fault for fault in row if fault is not None}
