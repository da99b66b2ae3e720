"""Alice taps buttons of messages that are too old or gone: what they show comes as a new message."""

from __future__ import annotations

import json

import pytest

from tests.driver import Person
from tests.e2e.conftest import Meet
from tests.e2e.traces import query
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS
from tests.stack import Stack

DEAD = "SELECT update_id FROM updates WHERE state = 'dead_letter'"
TEXT = b"The keys of the archive are kept by Ludmila.\n" * 5


def tap_old(person: Person, data: str, *, date: int) -> None:
    """Tap a button of a message that does not exist any more; Telegram gives very old ones the date 0."""
    user = {"id": person.id, "is_bot": False, "first_name": person.name, "language_code": "en"}
    chat = {"id": person.id, "type": "private", "first_name": person.name}
    query = {"id": "1", "from": user, "chat_instance": "1", "data": data}
    message = {"message_id": 900_000, "date": date, "chat": chat}
    text = json.dumps({"update_id": "UPDATE_ID", "callback_query": query | {"message": message}})
    person.sandbox.post("updates", {"texts": [text.replace('"UPDATE_ID"', "UPDATE_ID")]})


@pytest.mark.parametrize("date", [0, 1_700_000_000])
def test_buttons_of_messages_that_are_gone_still_work(meet: Meet, stack: Stack, date: int) -> None:
    before = query(stack, DEAD)
    alice = meet("Alice")
    alice.send_file(TEXT, "keys.txt")
    ready = alice.wait_for("keys.txt is ready", READY_SECONDS)
    asked = alice.say("Who keeps the keys?")
    answer = alice.wait_for("Ludmila", ANSWER_SECONDS, after=asked)
    rate = next(
        str(button["callback_data"])
        for row in answer["reply_markup"]["inline_keyboard"]
        for button in row
        if str(button.get("callback_data", "")).startswith("good:")
    )
    document = next(
        str(button["callback_data"]).partition(":")[2]
        for row in ready["reply_markup"]["inline_keyboard"]
        for button in row
        if str(button.get("callback_data", "")).startswith("ask:")
    )
    last = alice.last_bot_message()["message_id"]
    for data in (rate, "cancelmenu:", f"card:{document}:0", "forgetno:", "docs:0", "docs:-5"):
        tap_old(alice, data, date=date)
    alice.wait_for("Your document", ANSWER_SECONDS, after=last)
    assert not any("Something went wrong" in str(message.get("text")) for message in alice.messages()), alice.describe()
    assert query(stack, DEAD) == before
