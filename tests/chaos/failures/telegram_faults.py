"""One call in ten to Telegram fails, in every way there is: final words come once, limits are kept.

Updates come twice, late and in any order meanwhile, and some people close their chat for a while.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from tests.chaos.counting import count_documents
from tests.chaos.failures.bot_killed import read_photos
from tests.chaos.house_check import check_house
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.scene import Scene, open_scene
from tests.driver import Person
from tests.invariants import count_replies

# What strikes a call, each with this probability: one in ten in all.
PROBABILITY = 0.02
FAULTS: tuple[dict[str, Any], ...] = (
    {"error_code": 429, "retry_after": 2},
    {"error_code": 502, "html": "<html><body><h1>502 Bad Gateway</h1></body></html>"},
    {"drop": True},
    {"drop": True, "after_effect": True},
    {"error_code": 500, "delay": 1.0},
)
# Every second fetch brings what it should not.
MUDDLED = {"method": "getUpdates", "probability": 0.5, "repeated": True, "shuffled": True}
ONE_CLOSES_IN = 8
COUNTED = ("send", "edit", "copy", "forward")
FREE = {"sendChatAction"}
# The published limits with the bursts that the budget allows: (seconds, most within them).
CHAT_WINDOWS = ((1.0, 4), (10.0, 13), (60.0, 63))
WHOLE_WINDOWS = ((1.0, 61), (10.0, 331))


def run(plan: Plan) -> Outcome:
    outcome = Outcome("telegram_faults")
    people, documents = plan.choose(50, 8), plan.choose(200, 24)
    with open_scene(plan, outcome.name) as scene:
        closing = scene.meet(people)[::ONE_CLOSES_IN]
        for fault in FAULTS:
            scene.sandbox.fault(method="*", probability=PROBABILITY, seed=plan.seed, **fault)
        scene.sandbox.fault(**MUDDLED)
        for number in range(documents):
            scene.send(scene.people[number % people])
            scene.people[number % people].send_kind("photo")
        for person in closing:
            person.block()
        scene.wait_ended()
        scene.sandbox.clear_faults()
        reopen(scene, closing, outcome)
        count_documents(scene, outcome, closed=closing)
        check_updates(scene, outcome)
        check_limits(scene, outcome)
        check_house(scene, outcome)
    return outcome


def reopen(scene: Scene, closing: Sequence[Person], outcome: Outcome) -> None:
    """Nothing reached them meanwhile; what was made of their documents is there when they come again."""
    for person in closing:
        person.unblock()
        said = person.say("/docs")
        shown = person.wait_for("Your documents", after=said)
        outcome.lost += sum(sent.name not in str(shown) for sent in scene.sent if sent.person.id == person.id)
    outcome.notes["closed"] = len(closing)


def check_updates(scene: Scene, outcome: Outcome) -> None:
    """What came twice was answered once; an answer whose line was cut is not said again, so one may lack."""
    photos, replies = read_photos(scene), count_replies(scene.people)
    outcome.n += len(photos)
    outcome.twice += sum(max(0, replies[photo] - 1) for photo in photos)
    outcome.notes |= {"photos": len(photos), "unanswered": sum(replies[photo] == 0 for photo in photos)}


def check_limits(scene: Scene, outcome: Outcome) -> None:
    """Recount what the bot sent from the log of the calls that came in."""
    calls = [call for call in scene.sandbox.calls() if is_counted(call["method"])]
    by_chat: dict[int, list[float]] = defaultdict(list)
    for call in calls:
        by_chat[call["chat_id"]].append(call["at"])
    over = [f"chat {chat}" for chat, moments in by_chat.items() if not keeps(moments, CHAT_WINDOWS)]
    over += [] if keeps([call["at"] for call in calls], WHOLE_WINDOWS) else ["all chats together"]
    outcome.problems += [f"more than the limit in {where}" for where in over]
    codes = Counter(call["error_code"] for call in scene.sandbox.calls() if not call["ok"])
    outcome.notes |= {"calls": len(calls), "failed": codes.total(), "floods": codes[429], "refused": codes[403]}


def is_counted(method: str) -> bool:
    return method.startswith(COUNTED) and method not in FREE


def keeps(moments: list[float], windows: tuple[tuple[float, int], ...]) -> bool:
    """No window of these seconds holds more than its number; the moments are in order."""
    ordered = sorted(moments)
    for seconds, most in windows:
        if any(later - earlier < seconds for earlier, later in zip(ordered, ordered[most:], strict=False)):
            return False
    return True
