"""Uploads an hour and questions a minute are limited for each person on their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from bot.texts import say
from db.engine import Database
from db.states import State
from errors import UserMistake
from processing.documents.upload import Offer, check_offer
from processing.questions.submit import prepare_question
from processing.services import Services
from settings import Settings
from tests.doubles import Clock, CountingWakeUp
from tests.integration.people import People

OFFER = Offer("a.pdf", 10, "unique", 1)


def make_services(database: Database, clock: Clock, **limits: int) -> Services:
    nothing = cast(Any, None)
    return Services(Settings.model_validate(limits), database, nothing, CountingWakeUp(), nothing, clock)


def test_uploads_are_counted_within_the_hour(database: Database, clock: Clock, people: People) -> None:
    services = make_services(database, clock, uploads_per_hour=2)
    people.add_document(people.alice)
    clock.pass_time(minutes=20)
    check_offer(services, people.alice, OFFER)
    people.add_document(people.alice)
    clock.pass_time(minutes=20)
    with pytest.raises(UserMistake, match="too_many_uploads") as caught:
        check_offer(services, people.alice, OFFER)
    assert "20 min" in say("en", caught.value.key, **caught.value.facts)
    check_offer(services, people.charlie, OFFER)
    clock.pass_time(minutes=20)
    check_offer(services, people.alice, OFFER)


def test_questions_are_counted_within_the_minute(database: Database, clock: Clock, people: People) -> None:
    services = make_services(database, clock, questions_per_minute=1)
    people.add_document(people.alice, state=State.READY, words_version=1)
    prepare_question(services, people.alice, "Why?", None, 1)
    people.add_question(people.alice)
    clock.pass_time(seconds=18)
    with pytest.raises(UserMistake, match="too_many_questions") as caught:
        prepare_question(services, people.alice, "Why?", None, 1)
    assert "42 s" in say("en", caught.value.key, **caught.value.facts)
    clock.now += timedelta(seconds=42)
    prepare_question(services, people.alice, "Why?", None, 1)


def test_limit_of_zero_means_no_limit(database: Database, clock: Clock, people: People) -> None:
    services = make_services(database, clock, questions_per_minute=0, uploads_per_hour=0)
    people.add_document(people.alice, state=State.READY, words_version=1)
    people.add_question(people.alice)
    prepare_question(services, people.alice, "Why?", None, 1)
    check_offer(services, people.alice, OFFER)
