"""Alice has everything that is kept about her deleted, and starts again."""

from __future__ import annotations

from tests.documents import make_pdf
from tests.driver import Person
from tests.e2e.conftest import Meet
from tests.invariants import check_consistency, check_delivered_once, check_no_secret, check_nothing_foreign
from tests.stack import Stack

SECRETS = ("Zimtstern", "Wolkenbruch")


def send_secret(person: Person, secret: str) -> None:
    text = f"The word that opens the gate of the garden is {secret}, and nobody else has ever heard it."
    person.send_file(make_pdf([text]), f"{person.name}.pdf")
    person.wait_for("is ready", 180)


def test_forgetme_deletes_everything_of_alice_and_nothing_of_charlie(meet: Meet, stack: Stack) -> None:
    alice, charlie = meet("Alice"), meet("Charlie")
    for person, secret in zip((alice, charlie), SECRETS, strict=True):
        send_secret(person, secret)
    asked = alice.say("Which word opens the gate?")
    alice.wait_for(SECRETS[0], after=asked)
    command = alice.say("/forgetme")
    alice.wait_for("Documents: 1", after=command)
    alice.tap("Yes, delete everything")
    alice.wait_for("Everything is deleted. Documents: 1", after=command)
    again = alice.say("Which word opens the gate?")
    alice.wait_for("no documents yet", after=again)
    asked = charlie.say("Which word opens the gate?")
    charlie.wait_for(SECRETS[1], after=asked)
    assert check_delivered_once([alice, charlie]) == 2
    assert check_nothing_foreign([alice, charlie], {alice.id: SECRETS[0], charlie.id: SECRETS[1]}) > 10
    check_consistency(stack)
    check_no_secret(stack, *SECRETS)
