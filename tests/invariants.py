"""Checks that hold after every story: consistent data, one result for each document, no text of others, no secret."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from bot.languages import LANGUAGES
from bot.texts import say
from tests.driver import Message, Person, list_buttons, read
from tests.stack import TOKEN, Stack

ENDS = ("ready", "failed", "ended_cancelled")
TAG = re.compile(r"<[^>]+>")
NAME = "a-name-that-no-document-has"


def check_consistency(stack: Stack) -> None:
    """Run the audit as an operator does: database, storage and queue must agree."""
    done = subprocess.run(
        [sys.executable, "-m", "processing.maintenance.audit"],
        cwd=stack.folder,
        env=stack.make_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{stack.read_logs()}"


def check_delivered_once(people: Iterable[Person]) -> int:
    """Check that each accepted document has exactly one result in its owner's chat; returns the number of results."""
    total = 0
    for person in people:
        accepted, ends = read_ends(person)
        assert ends == len(accepted), f"{len(accepted)} documents, {ends} results\n{person.describe()}"
        total += ends
    return total


def read_ends(person: Person) -> tuple[set[str], int]:
    """(ids of documents that had a button to cancel, number of results)"""
    accepted: set[str] = set()
    ends = 0
    for event in person.transcript():
        message = event.get("message")
        if message is None or message["out"]:
            continue
        accepted |= list_cancellable(message)
        ends += is_end(read(message))
    return accepted, ends


def list_cancellable(message: Message) -> set[str]:
    data = [str(button.get("callback_data") or "") for button in list_buttons(message)]
    return {text.removeprefix("cancel:") for text in data if text.startswith("cancel:")}


def is_end(text: str) -> bool:
    return any(pattern.match(text) for pattern in list_end_patterns())


@cache
def list_end_patterns() -> tuple[re.Pattern[str], ...]:
    """Patterns for the beginning of a result message, in every language."""
    sentences = (TAG.sub("", say(language, key, name=NAME)) for language in LANGUAGES for key in ENDS)
    return tuple(re.compile(re.escape(sentence).replace(re.escape(NAME), ".+?")) for sentence in sentences)


def count_replies(people: Iterable[Person]) -> Counter[tuple[int, int]]:
    """The number of the bot's replies by (person id, message id)."""
    return Counter(
        (person.id, int(message["reply_to_message"]["message_id"]))
        for person in people
        for message in person.messages()
        if not message["out"] and "reply_to_message" in message
    )


def check_nothing_foreign(people: Iterable[Person], secrets: Mapping[int, str]) -> int:
    """Check that no chat ever held the secret of another person; returns the number of messages read."""
    count = 0
    for person in people:
        foreign = [word for owner, word in secrets.items() if owner != person.id]
        for event in person.transcript():
            text = read(event.get("message") or {})
            count += 1
            found = [word for word in foreign if word in text]
            assert not found, f"{person.name} reads {found}: {text}"
    return count


def check_no_secret(stack: Stack, *secrets: str) -> None:
    """No log holds the token, or any of ``secrets``."""
    for log in sorted(stack.folder.glob("*.log")):
        text = log.read_text(encoding="utf-8", errors="replace")
        assert not [secret for secret in (TOKEN, *secrets) if secret in text], log.name
