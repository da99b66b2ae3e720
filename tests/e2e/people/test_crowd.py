"""Twenty documents from five people at once: all ready, none mixed up."""

from __future__ import annotations

from tests.driver import Person
from tests.e2e.conftest import Meet
from tests.e2e.crowd import EACH, PEOPLE, check_answers, check_not_mixed_up, send_all, wait_ready
from tests.e2e.traces import list_rows
from tests.e2e.words import READY_SECONDS
from tests.stack import Stack, wait_until


def test_twenty_documents_of_five_people_are_not_mixed_up(meet: Meet, stack: Stack) -> None:
    people = [meet(f"Person {number}") for number in range(PEOPLE)]
    send_all(people)
    for person in people:
        wait_until(lambda person=person: is_done(stack, person), "all ready", person.describe, READY_SECONDS)
    wait_ready(people)
    for index, person in enumerate(people):
        check_answers(person, index)
    check_not_mixed_up(people)


def is_done(stack: Stack, person: Person) -> bool:
    return [state for _, state in list_rows(stack, person)] == ["ready"] * EACH
