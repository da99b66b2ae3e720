"""Everything that one person does with Socrate, in chapters; each reaches its goal although a call may fail."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.texts import say
from tests.chaos.recount import count_deliveries, list_texts
from tests.chaos.scene import Scene, Sent
from tests.driver import Message, Person, list_buttons, read
from tests.stack import wait_until

# A takeover after a lease takes at most 40 s together with the reconciler; after this time nothing more will come.
SILENCE_SECONDS = 75.0
LOOK_SECONDS = 0.05
MOST_TRIES = 3
AGAIN = tuple(
    say("en", key)
    for key in "download_failed storage_down database_busy error_temporary export_failed mydata_failed".split()
)
STRANGE = (say("en", "error_unexpected"), "Traceback", "Error:", "Exception", "sqlite", "SQL")
BROKEN_PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\nthis is no document"
Done = Callable[[Message], bool]
UNSETTLED = (
    "SELECT count(*) FROM documents WHERE state IN ('queued', 'working')",
    "SELECT count(*) FROM questions WHERE state IN ('queued', 'working')",
    "SELECT count(*) FROM outbox WHERE state = 'waiting'",
    "SELECT count(*) FROM tasks",
    "SELECT count(*) FROM updates WHERE state = 'waiting'",
)


class Stuck(Exception):
    """The story cannot go on, because what was waited for did not come."""


@dataclass
class Story:
    """What one person does, and the problems that were seen."""

    scene: Scene
    person: Person
    list_files: Callable[[], list[str]]
    problems: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    tries: int = 0

    def send(self) -> None:
        self.sent: Sent | None = None
        self.achieve("the document is ready", self.send_document, lambda message: "is ready" in read(message))

    def send_document(self) -> None:
        self.sent = self.scene.send(self.person)

    def refuse(self) -> None:
        """Send a second document, which cannot be read."""
        send = lambda: self.person.send_file(BROKEN_PDF + str(self.person.id).encode(), "broken.pdf")  # noqa: E731
        self.achieve("the broken one is refused", send, lambda message: "could not be read" in read(message))

    def ask(self) -> None:
        assert self.sent is not None
        secret = self.sent.secret
        question = "What is the password of the vault?"
        self.achieve(
            "the answer",
            lambda: self.person.say(question),
            lambda message: secret in read(message) and has_button(message, "good:"),
        )

    def cite(self) -> None:
        assert self.sent is not None
        secret = self.sent.secret
        self.achieve(
            "the source",
            lambda: self.person.tap("[1]"),
            lambda message: secret in read(message) and not list_buttons(message),
        )

    def export(self) -> None:
        self.achieve("the film", lambda: self.person.tap("Export"), lambda message: "document" in message)

    def rename(self) -> None:
        self.achieve(
            "the question for the name",
            lambda: self.person.tap("Rename"),
            lambda message: "Send me the new name" in read(message),
        )
        self.achieve(
            "the new name",
            lambda: self.person.say("new name.txt"),
            lambda message: "Its name is now new name.txt" in read(message),
        )

    def delete(self) -> None:
        self.achieve(
            "the question whether to delete",
            lambda: self.person.tap("Delete"),
            lambda message: has_button(message, "deleteyes:"),
        )
        self.achieve(
            "the end of the document",
            lambda: self.person.tap("Yes, delete it"),
            lambda message: "new name.txt is deleted" in read(message),
        )
        self.check_gone()

    def forget(self) -> None:
        self.achieve(
            "the question whether to forget",
            lambda: self.person.say("/forgetme"),
            lambda message: has_button(message, "forgetyes"),
        )
        self.achieve(
            "the end of everything",
            lambda: self.person.tap("Yes, delete everything"),
            lambda message: "Everything is deleted" in read(message),
        )

    def achieve(self, what: str, act: Callable[[], object], done: Done) -> None:
        """Act until ``done`` accepts a message, again where a sentence asks for that; the message must come once.

        Raises ``Stuck`` if it does not come.
        """
        for _ in range(MOST_TRIES):
            began, since = time.monotonic(), self.count_events()
            answer = act()
            asked_again = self.wait(what, since, done, answer)
            self.settle(what)
            found = {message["message_id"] for message in self.list_new(since) if done(message)}
            if found:
                self.waits.append(time.monotonic() - began)
                if len(found) > 1:
                    self.complain(f"{what} came {len(found)} times")
                return
            if not asked_again:
                break
            self.tries += 1
        self.complain(f"{what} did not come\n{self.person.describe()}")
        raise Stuck(what)

    def wait(self, what: str, since: int, done: Done, answer: object) -> bool:
        """Wait for the message; returns True only if the person is asked to try again."""
        deadline = time.monotonic() + SILENCE_SECONDS
        while time.monotonic() < deadline:
            messages = self.list_new(since)
            said = [*map(read, messages), str(answer or "")]
            if any(map(done, messages)):
                return False
            if any(sentence in text for text in said for sentence in AGAIN):
                return True
            time.sleep(LOOK_SECONDS)
        return False

    def settle(self, what: str) -> None:
        """Wait until no work is left, so that a fault after the message also takes its effect in this chapter."""
        wait_until(self.is_settled, f"rest after {what}", self.scene.stack.read_logs, SILENCE_SECONDS)

    def is_settled(self) -> bool:
        return self.scene.count_unfetched() == 0 and all(self.scene.query(one) == [(0,)] for one in UNSETTLED)

    def count_events(self) -> int:
        events = self.person.transcript()
        return int(events[-1]["seq"]) if events else 0

    def list_new(self, since: int) -> list[Message]:
        """Messages of the bot that were sent or edited since event ``since``, one for each change."""
        events: list[dict[str, Any]] = self.person.transcript(since)
        return [event["message"] for event in events if event.get("message") and not event["message"]["out"]]

    def check_gone(self) -> None:
        """Check that a deleted document has no row and no file."""
        assert self.sent is not None
        rows = self.scene.query("SELECT count(*) FROM documents WHERE name = 'new name.txt'")
        if rows != [(0,)]:
            self.complain("the deleted document has a row")
        if files := self.list_files():
            self.complain(f"the deleted document has files: {files}")

    def check_words(self) -> None:
        """Check that each document had one result, and that no message held a technical error."""
        ends, overwritten = count_deliveries(self.person)
        if any(count > 1 for count in ends.values()) or overwritten:
            self.complain(f"delivered twice: {dict(ends)} {overwritten}")
        for _, text in list_texts(self.person.transcript()):
            if any(word in text for word in STRANGE):
                self.complain(f"strange words: {text}")

    def complain(self, problem: str) -> None:
        self.problems.append(problem)


def has_button(message: Message, data: str) -> bool:
    return any(str(button.get("callback_data")).startswith(data) for button in list_buttons(message))


def find_secret(request: dict[str, Any]) -> list[str]:
    """The answer of a language model that quotes the secret in its passages."""
    found = re.search(r"secret[0-9a-f]{10}", str(request["messages"]))
    return ["The password is ", f"{found[0] if found else 'unknown'} [1]."]


CHAPTERS: dict[str, Callable[[Story], None]] = {
    "send": Story.send,
    "refuse": Story.refuse,
    "ask": Story.ask,
    "cite": Story.cite,
    "export": Story.export,
    "rename": Story.rename,
    "delete": Story.delete,
    "forget": Story.forget,
}
