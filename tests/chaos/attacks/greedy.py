"""One person does the most expensive things as fast as Telegram lets them; another one waits no longer for that."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.attacks.greed import GREED, Greedy
from tests.chaos.attacks.neighbour import describe, tap
from tests.chaos.consistency import check_consistency, drop_dead_letters
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_documents
from tests.chaos.scene import Scene, Sent, open_scene
from tests.documents import make_pdf
from tests.driver import Message, Person, list_buttons, read

# Seconds after which the person must have each thing.
TARGETS = {"upload": 30.0, "question": 5.0, "page": 10.0, "button": 1.0}
# After this time a thing counts as lost.
PATIENCE_SECONDS, QUICK_PATIENCE_SECONDS = 300.0, 120.0
HEAD_START_SECONDS = 60
BUTTONS = 3
# Telegram allows one message a second in a chat, after a burst of three.
PAUSE_SECONDS = 4.0
# What a plain installation has: the limits of the product are part of what protects other people.
DEFAULT_LIMITS = {"QUESTIONS_PER_MINUTE": "", "UPLOADS_PER_HOUR": ""}


def run(plan: Plan) -> Outcome:
    outcome = Outcome("greedy")
    with open_scene(plan, outcome.name, DEFAULT_LIMITS) as scene:
        scene.warm_up()
        modest = Modest(scene, scene.meet(1)[0], plan.choose(int(PATIENCE_SECONDS), int(QUICK_PATIENCE_SECONDS)))
        greedy = Greedy(scene, scene.sandbox.person("Greedy"))
        with greedy.busy():
            time.sleep(plan.choose(HEAD_START_SECONDS, 8))
            end = time.monotonic() + plan.choose(600, 1)
            while time.monotonic() < end and not modest.missed:
                modest.live()
        modest.report(outcome, in_time=not plan.quick)
        outcome.notes["greedy"] = sum(greedy.done.values())
        outcome.problems += [f"{name} was never done" for name in GREED if not greedy.done[name] and not plan.quick]
        outcome.notes["owned_by_greedy"] = len(greedy.list_ids("documents"))
        check_end(scene, outcome)
    return outcome


def check_end(scene: Scene, outcome: Outcome) -> None:
    """The work of the greedy one may last for hours: only what the others have is looked at."""
    count_documents(scene, outcome, all_ready=False)
    outcome.foreign += sum(is_shown(scene, sent) for sent in scene.sent)
    drop_dead_letters(scene)
    check_consistency(scene, outcome)


def is_shown(scene: Scene, sent: Sent) -> bool:
    """Whether anybody but its owner was shown the secret of a document."""
    return any(
        sent.secret in read(event.get("message") or {})
        for one in scene.sandbox.get("people")
        if one["id"] != sent.person.id
        for event in Person(scene.sandbox, one["id"], "").transcript()
    )


@dataclass
class Modest:
    """A person who sends one page, asks, looks at the page and taps; ``waits`` has the seconds of each."""

    scene: Scene
    person: Person
    patience: float
    waits: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    missed: list[str] = field(default_factory=list)

    def live(self) -> None:
        """Do each thing once. What does not come is noted in ``missed``, and ends the round."""
        number = len(self.scene.sent)
        secret = f"secret{self.scene.dice.getrandbits(40):010x}"
        sent = Sent(self.person, f"d{number:05}.pdf", secret)
        self.scene.sent.append(sent)
        page = make_pdf([f"The password of vault {number} is {secret}. {self.scene.write_paragraph(number, 0)}"])
        steps: dict[str, Callable[[], object]] = {
            "upload": lambda: self.expect(f"{sent.name} is ready", lambda: self.person.send_file(page, sent.name)),
            "question": lambda: self.expect(
                has_source(secret), lambda: self.person.say(f"What is the password of vault {number}?")
            ),
            "page": lambda: self.expect(lambda one: "photo" in one, lambda: self.tap_source(secret)),
        }
        for name, step in steps.items():
            if not self.measure(name, step):
                return
            for _ in range(BUTTONS):
                time.sleep(PAUSE_SECONDS / BUTTONS)
                self.measure("button", lambda: tap(self.person))

    def measure(self, name: str, step: Callable[[], object]) -> bool:
        began = time.monotonic()
        try:
            step()
        except AssertionError as error:
            self.missed.append(f"{name} did not come within {self.patience:.0f} s: {str(error)[-1500:]}")
            self.waits[name].append(self.patience)
            return False
        self.waits[name].append(time.monotonic() - began)
        return True

    def expect(self, wanted: str | Callable[[Message], bool], act: Callable[[], object]) -> None:
        """Act, and wait for a message of the bot that is newer."""
        after = max((one["message_id"] for one in self.person.messages()), default=0)
        act()
        self.person.wait_for(wanted, self.patience, after=after)

    def tap_source(self, secret: str) -> None:
        answer = self.person.wait_for(has_source(secret), self.patience)
        self.person.tap("[1]", answer)

    def report(self, outcome: Outcome, *, in_time: bool) -> None:
        """Add the figures to ``outcome``; with ``in_time`` each thing has its longest time."""
        outcome.n += sum(map(len, self.waits.values()))
        outcome.lost += len(self.missed)
        outcome.problems += self.missed
        outcome.waits += self.waits["button"]
        for name, target in TARGETS.items():
            waits = sorted(self.waits[name]) or [self.patience]
            outcome.notes[name] = describe(waits)
            slowest = waits[int((len(waits) - 1) * 0.95)] if name == "button" else waits[-1]
            if in_time and slowest > target:
                outcome.problems.append(f"{name} took {slowest:.1f} s and not at most {target:.0f} s")


def has_source(secret: str) -> Callable[[Message], bool]:
    """Accepts an answer with the secret and a button for its source."""
    return lambda message: (
        secret in read(message)
        and any(str(button.get("callback_data")).startswith("cite:") for button in list_buttons(message))
    )
