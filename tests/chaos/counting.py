"""What people were told of what they sent, recounted from their chats alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from tests.chaos.outcome import Outcome
from tests.chaos.scene import Scene, Sent
from tests.driver import Person

# The last words on a document, and why a file was not taken at all.
READY = re.compile(r"✅ (\S+) is ready")
FAILED = re.compile(r"⚠️ (\S+) could not be read")
CANCELLED = re.compile(r"^(\S+) was cancelled")
FINAL = (READY, FAILED, CANCELLED)
PROGRESS = re.compile(r"^📄 (\S+)")
Event = dict[str, Any]


def list_texts(events: Sequence[Event]) -> Iterator[tuple[int, str]]:
    """(message, text) of everything the bot showed, edits too, in the order in which it was seen."""
    for event in events:
        message = event.get("message")
        if message is not None and not message["out"]:
            yield message["message_id"], str(message.get("text") or message.get("caption") or "")


def count_final_words(person: Person) -> tuple[Counter[str], list[str]]:
    """How often each name was ended, and names over whose final word progress was written, put right or not."""
    ends, overwritten, mended = count_ends(person)
    return ends, overwritten + mended


def count_ends(person: Person) -> tuple[Counter[str], list[str], list[str]]:
    """How often each name was ended, and over whose final word progress was written: for good, and put right again."""
    ends: Counter[str] = Counter()
    ended: dict[int, str] = {}
    overwritten: dict[int, str] = {}
    mended = []
    for message_id, text in list_texts(person.transcript()):
        match = next((found for pattern in FINAL if (found := pattern.search(text))), None)
        if match and message_id in overwritten:
            mended.append(overwritten.pop(message_id))
        elif match:
            ends[match[1]] += 1
            ended[message_id] = match[1]
        elif message_id in ended and PROGRESS.search(text):
            overwritten[message_id] = ended[message_id]
    return ends, list(overwritten.values()), mended


def count_documents(
    scene: Scene, outcome: Outcome, *, all_ready: bool = True, closed: Collection[Person] = (), woken: bool = False
) -> None:
    """Add to ``outcome``: each document sent ended once in its sender's chat, and nowhere else.

    To those who ``closed`` their chat for a while nobody could say it. A ``woken`` process may have had an edit on
    its way when it was frozen: it has to put right what that came over.
    """
    unreachable, put_right = {person.id for person in closed}, 0
    outcome.n += len(scene.sent)
    by_person: dict[int, list[Sent]] = {}
    for sent in scene.sent:
        by_person.setdefault(sent.person.id, []).append(sent)
    for person in scene.people:
        mine = by_person.get(person.id, [])
        ends, overwritten, mended = count_ends(person)
        if woken:
            put_right += len(mended)
        else:
            overwritten += mended
        names = [sent.name for sent in mine]
        lost = [name for name in names if ends[name] == 0 and person.id not in unreachable]
        twice = [name for name in names if ends[name] > 1]
        outcome.lost += len(lost)
        outcome.twice += len(twice) + len(overwritten)
        outcome.foreign += len(set(ends) - set(names)) + count_foreign(person, mine, scene.sent)
        if lost or twice or overwritten:
            outcome.problems.append(f"{person.name}: lost {lost} twice {twice} overwritten {overwritten}")
    if woken:
        outcome.notes["put_right"] = put_right
    if all_ready:
        rows = scene.query("SELECT count(*) FROM documents WHERE state != 'ready'")
        if rows != [(0,)]:
            outcome.problems.append(f"documents that are not ready: {rows[0][0]}")


def count_foreign(person: Person, mine: Iterable[Sent], everything: Iterable[Sent]) -> int:
    """Secrets and names of others that this person has been shown."""
    shown = "\n".join(text for _, text in list_texts(person.transcript()))
    own = {sent.name for sent in mine}
    return sum(sent.secret in shown or sent.name in shown for sent in everything if sent.name not in own)


def count_shown(scene: Scene, words: str) -> int:
    """Messages and edits of the bot with these words, over all people."""
    return sum(words in text for person in scene.people for _, text in list_texts(person.transcript()))
