"""What one person of the world does with Socrate, in chapters; each reaches its goal although a call is struck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.texts import say
from tests.chaos.machine.chat_server import NearPerson
from tests.chaos.machine.world import World
from tests.chaos.recount import count_deliveries
from tests.driver import Message, list_buttons, read

MOST_TRIES = 3
AGAIN = tuple(
    say("en", key)
    for key in "download_failed storage_down database_busy error_temporary export_failed mydata_failed queue_down"
    " embeddings_down".split()
)
UNEXPECTED = say("en", "error_unexpected")
QUESTION = "What is the password of the vault?"
Done = Callable[[Message], bool]


class Stuck(Exception):
    """What was waited for did not come, so the story cannot go on."""


@dataclass
class Story:
    """A person with a document that holds ``secret``, and what went wrong. ``forgiving``: a loss is allowed now."""

    world: World
    person: NearPerson
    secret: str
    problems: list[str] = field(default_factory=list)
    forgiving: bool = False
    repeating: bool = False

    def send(self) -> None:
        text = f"The password of the vault is {self.secret}.\n\nThe harbour of {self.secret} lies by the meadow."
        self.achieve(
            "the document is ready",
            lambda: self.person.send_bytes(text.encode(), f"{self.person.id}.txt"),
            lambda message: "is ready" in read(message),
        )

    def refuse(self) -> None:
        self.achieve(
            "the broken one is refused",
            lambda: self.person.send_bytes(f"broken {self.secret}".encode(), f"broken{self.person.id}.txt"),
            lambda message: "broken" in read(message) and "could not be read" in read(message),
        )

    def ask(self) -> None:
        self.achieve(
            "the answer",
            lambda: self.person.say(QUESTION),
            lambda message: self.secret in read(message) and has_button(message, "good:"),
        )

    def cite(self) -> None:
        self.achieve(
            "the source",
            lambda: self.person.tap("[1]"),
            lambda message: self.secret in read(message) and not list_buttons(message),
        )

    def find(self) -> None:
        self.achieve(
            "the occurrences",
            lambda: self.person.say("/find harbour"),
            lambda message: self.secret in read(message) and "harbour" in read(message),
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
            self.give_name,
            lambda message: f"Its name is now new {self.person.id}.txt" in read(message),
        )

    def give_name(self) -> None:
        """Say the new name; if it was said before, ask to rename first."""
        if any(read(message) == f"new {self.person.id}.txt" for message in self.person.messages()):
            self.person.tap("Rename")
            self.world.settle()
        self.person.say(f"new {self.person.id}.txt")

    def my_data(self) -> None:
        self.achieve("the data", lambda: self.person.say("/mydata"), lambda message: "document" in message)

    def delete(self) -> None:
        self.achieve(
            "the question whether to delete",
            lambda: self.person.tap("Delete"),
            lambda message: has_button(message, "deleteyes:"),
        )
        self.achieve(
            "the end of the document",
            lambda: self.person.tap("Yes, delete it"),
            lambda message: "is deleted" in read(message),
        )

    def forget(self) -> None:
        self.achieve(
            "the question whether to forget",
            lambda: self.person.say("/forgetme"),
            lambda message: has_button(message, "forgetyes"),
        )
        self.achieve(
            "the end of everything",
            self.confirm_forgetting,
            lambda message: "Everything is deleted" in read(message),
        )

    def confirm_forgetting(self) -> None:
        """Tap the button; if it was tapped before, ask for it first."""
        if not any(has_button(message, "forgetyes") for message in self.person.messages()):
            self.person.say("/forgetme")
            self.world.settle()
        if any(has_button(message, "forgetyes") for message in self.person.messages()):
            self.person.tap("Yes, delete everything")

    def achieve(self, what: str, act: Callable[[], object], done: Done) -> None:
        """Act until ``done`` accepts a message, again where a sentence asks for that. Raise ``Stuck`` if none comes.

        A lie may lead to another message than the one waited for, but not to silence.
        """
        heard = False
        for _ in range(MOST_TRIES):
            since = self.count_events()
            act()
            if not self.world.settle():
                self.problems.append(f"{what}: the work does not end")
                raise Stuck(what)
            events = self.person.transcript(since)
            messages = [event["message"] for event in events if event.get("message") and not event["message"]["out"]]
            said = [*map(read, messages), *(str(event.get("text", "")) for event in events)]
            found = {message["message_id"] for message in messages if done(message)}
            heard = heard or any(said)
            if UNEXPECTED in said and not self.forgiving:
                self.problems.append(f"{what}: an unexpected error was shown")
            if found:
                if len(found) > 1 and not self.repeating:
                    self.problems.append(f"{what} came {len(found)} times")
                return
            if not self.forgiving and not any(sentence in text for text in said for sentence in AGAIN):
                break
        if self.forgiving and heard:
            return
        self.problems.append(f"{what} did not come\n{self.person.describe()}")
        raise Stuck(what)

    def count_events(self) -> int:
        events = self.person.transcript()
        return int(events[-1]["seq"]) if events else 0

    def check_ends(self) -> None:
        """Each document had one result for each time that the work on it began."""
        ends, overwritten = count_deliveries(self.person)
        begun = self.world.count_begun()
        if any(count > begun[name] for name, count in ends.items()) or overwritten:
            self.problems.append(f"delivered twice: {dict(ends)} {overwritten}")

    def check_nothing_foreign(self, others: set[str]) -> None:
        shown = "\n".join(str(event) for event in self.person.transcript())
        if foreign := [secret for secret in others if secret in shown]:
            self.problems.append(f"reads of others: {foreign}")


def has_button(message: Any, data: str) -> bool:
    return any(str(button.get("callback_data")).startswith(data) for button in list_buttons(message))


CHAPTERS: dict[str, Callable[[Story], None]] = {
    "send": Story.send,
    "refuse": Story.refuse,
    "ask": Story.ask,
    "cite": Story.cite,
    "find": Story.find,
    "export": Story.export,
    "rename": Story.rename,
    "my_data": Story.my_data,
    "delete": Story.delete,
    "forget": Story.forget,
}
