"""One call in ten to Telegram fails in one of several ways: results arrive once, and rate limits are kept.

Meanwhile updates come twice, late and out of order, and some people block the bot for a while.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from tests.chaos.consistency import check_consistency
from tests.chaos.failures.bot_killed import read_photos
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_documents
from tests.chaos.scene import Scene, open_scene
from tests.driver import Person
from tests.invariants import count_replies

# Each of the faults strikes a call with this probability, one call in ten in all.
PROBABILITY = 0.02
FAULTS: tuple[dict[str, Any], ...] = (
    {"error_code": 429, "retry_after": 2},
    {"error_code": 502, "html": "<html><body><h1>502 Bad Gateway</h1></body></html>"},
    {"drop": True},
    {"drop": True, "after_effect": True},
    {"error_code": 500, "delay": 1.0},
)
# Every second fetch repeats and shuffles updates.
MUDDLED = {"method": "getUpdates", "probability": 0.5, "repeated": True, "shuffled": True}
ONE_CLOSES_IN = 8
COUNTED = ("send", "edit", "copy", "forward")
FREE = {"sendChatAction"}
# The published limits with the bursts that the budget allows, as (seconds, most messages within them).
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
        check_consistency(scene, outcome)
    return outcome


def reopen(scene: Scene, closing: Sequence[Person], outcome: Outcome) -> None:
    """Unblock the bot; people who had blocked it must find all their documents in the list."""
    for person in closing:
        person.unblock()
        said = person.say("/docs")
        shown = person.wait_for("Your documents", after=said)
        outcome.lost += sum(sent.name not in str(shown) for sent in scene.sent if sent.person.id == person.id)
    outcome.notes["closed"] = len(closing)


def check_updates(scene: Scene, outcome: Outcome) -> None:
    """Check that repeated updates got one reply; a reply whose connection broke is not repeated and may be missing."""
    photos, replies = read_photos(scene), count_replies(scene.people)
    outcome.n += len(photos)
    outcome.twice += sum(max(0, replies[photo] - 1) for photo in photos)
    outcome.notes |= {"photos": len(photos), "unanswered": sum(replies[photo] == 0 for photo in photos)}


def check_limits(scene: Scene, outcome: Outcome) -> None:
    """Check the limits against the calls that the sandbox has recorded."""
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
    """Whether no window of ``seconds`` holds more than its limit of ``moments``."""
    ordered = sorted(moments)
    for seconds, most in windows:
        if any(later - earlier < seconds for earlier, later in zip(ordered, ordered[most:], strict=False)):
            return False
    return True
