"""Bruno's Telegram is in Italian, and Socrate writes Italian to him."""

from __future__ import annotations

from tests.documents import make_pdf
from tests.driver import Sandbox
from tests.e2e.conftest import Meet
from tests.e2e.words import ANSWER_SECONDS, READY_SECONDS

PAGES = [
    "La biblioteca di Montefiore fu fondata dal medico Aurelio Zanchi nel 1742. Conserva trentamila volumi.",
    "Il mulino sul fiume appartiene alla famiglia Bellandi. Macina castagne e grano duro in ottobre.",
]
ENGLISH = ("the ", "your ", "Ask", "document.", "ready", "Delete", "Waiting", "pages")


def test_bruno_reads_only_italian_from_start_to_deletion(meet: Meet) -> None:
    bruno = meet("Bruno", "it-IT")
    bruno.say("/start")
    greeting = bruno.wait_for("legge i documenti che mandi")
    assert bruno.buttons(greeting) == ["Prova un documento di esempio"]
    sent = bruno.send_file(make_pdf(PAGES), "Montefiore.pdf")
    ready = bruno.wait_for("Montefiore.pdf è pronto", READY_SECONDS, after=sent)
    assert {"Chiedi", "Rinomina", "Elimina"} <= set(bruno.buttons(ready))
    asked = bruno.say("Che cosa macina il mulino?")
    answer = bruno.wait_for("p. 2", ANSWER_SECONDS, after=asked)
    assert "castagne" in answer["text"]
    said = bruno.say("/docs")
    bruno.tap("1", bruno.wait_for("Il tuo documento", after=said))
    bruno.tap("Elimina", bruno.wait_for("PDF · ", after=said))
    bruno.tap("Sì, eliminalo", bruno.wait_for("Non si può tornare indietro", after=said))
    bruno.wait_for("Ho eliminato Montefiore.pdf.", after=said)
    bruno.say("/status")
    bruno.wait_for("Non c'è nulla in corso.")
    messages = [event["message"] for event in bruno.transcript() if "message" in event]
    words = [message["text"] for message in messages if not message["out"]]
    assert not [text for text in words if any(word in text for word in ENGLISH)]


def test_bruno_is_offered_the_italian_sample(meet: Meet) -> None:
    bruno = meet("Bruno", "it")
    bruno.say("/start")
    bruno.tap("Prova un documento di esempio", bruno.wait_for("legge i documenti"))
    bruno.wait_for("Socrate.pdf è pronto", READY_SECONDS)
    asked = bruno.say("Quanti giudici aveva il tribunale?")
    bruno.wait_for("501", ANSWER_SECONDS, after=asked)


def test_the_menu_is_registered_in_both_languages(sandbox: Sandbox) -> None:
    names = ("start", "docs", "status", "cancel", "delete", "quota", "help")
    english, italian = sandbox.commands("en"), sandbox.commands("it")
    assert set(names) <= {command["command"] for command in english}
    assert [command["command"] for command in italian] == [command["command"] for command in english]
    assert not {command["description"] for command in english} & {command["description"] for command in italian}
