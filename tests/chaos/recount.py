"""Counts, from the chats alone, how often people got the result of each document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from tests.chaos.outcome import Outcome
from tests.chaos.scene import Scene, Sent
from tests.driver import Person

# How a document ended.
READY = re.compile(r"✅ (\S+) is ready")
FAILED = re.compile(r"⚠️ (\S+) could not be read")
CANCELLED = re.compile(r"^(\S+) was cancelled")
FINAL = (READY, FAILED, CANCELLED)
PROGRESS = re.compile(r"^📄 (\S+)")
Event = dict[str, Any]


def list_texts(events: Sequence[Event]) -> Iterator[tuple[int, str]]:
    """(message id, text) of every message and edit of the bot, in order."""
    for event in events:
        message = event.get("message")
        if message is not None and not message["out"]:
            yield message["message_id"], str(message.get("text") or message.get("caption") or "")


def count_deliveries(person: Person) -> tuple[Counter[str], list[str]]:
    """The number of results by document name, and the names whose result progress has replaced, repaired or not."""
    ends, overwritten, repaired = count_ends(person)
    return ends, overwritten + repaired


def count_ends(person: Person) -> tuple[Counter[str], list[str], list[str]]:
    """The number of results by document name, names whose result progress replaced for good, and those repaired."""
    ends: Counter[str] = Counter()
    ended: dict[int, str] = {}
    overwritten: dict[int, str] = {}
    repaired = []
    for message_id, text in list_texts(person.transcript()):
        match = next((found for pattern in FINAL if (found := pattern.search(text))), None)
        if match and message_id in overwritten:
            repaired.append(overwritten.pop(message_id))
        elif match:
            ends[match[1]] += 1
            ended[message_id] = match[1]
        elif message_id in ended and PROGRESS.search(text):
            overwritten[message_id] = ended[message_id]
    return ends, list(overwritten.values()), repaired


def count_documents(
    scene: Scene, outcome: Outcome, *, all_ready: bool = True, closed: Collection[Person] = (), woken: bool = False
) -> None:
    """Add to ``outcome`` every document without exactly one result in its sender's chat, and every text of others.

    A result may be missing for those who ``closed`` their chat for a while. With ``woken``, a frozen process may have
    replaced a result by progress, if it has repaired that.
    """
    unreachable, repaired_total = {person.id for person in closed}, 0
    outcome.n += len(scene.sent)
    by_person: dict[int, list[Sent]] = {}
    for sent in scene.sent:
        by_person.setdefault(sent.person.id, []).append(sent)
    for person in scene.people:
        mine = by_person.get(person.id, [])
        ends, overwritten, repaired = count_ends(person)
        if woken:
            repaired_total += len(repaired)
        else:
            overwritten += repaired
        names = [sent.name for sent in mine]
        lost = [name for name in names if ends[name] == 0 and person.id not in unreachable]
        twice = [name for name in names if ends[name] > 1]
        outcome.lost += len(lost)
        outcome.twice += len(twice) + len(overwritten)
        outcome.foreign += len(set(ends) - set(names)) + count_foreign(person, mine, scene.sent)
        if lost or twice or overwritten:
            outcome.problems.append(f"{person.name}: lost {lost} twice {twice} overwritten {overwritten}")
    if woken:
        outcome.notes["repaired"] = repaired_total
    if all_ready:
        rows = scene.query("SELECT count(*) FROM documents WHERE state != 'ready'")
        if rows != [(0,)]:
            outcome.problems.append(f"documents that are not ready: {rows[0][0]}")


def count_foreign(person: Person, mine: Iterable[Sent], everything: Iterable[Sent]) -> int:
    """The number of secrets and names of others that this person was shown."""
    shown = "\n".join(text for _, text in list_texts(person.transcript()))
    own = {sent.name for sent in mine}
    return sum(sent.secret in shown or sent.name in shown for sent in everything if sent.name not in own)


def count_shown(scene: Scene, words: str) -> int:
    """The number of messages and edits of the bot with these words, in all chats."""
    return sum(words in text for person in scene.people for _, text in list_texts(person.transcript()))
