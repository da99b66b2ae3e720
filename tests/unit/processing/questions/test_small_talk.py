"""Greetings and thanks are distinguished from questions."""

from __future__ import annotations

import pytest

from processing.questions.intent import SmallTalk, find_small_talk


@pytest.mark.parametrize(
    "text", ["ciao", "Hello!", "Hi there \U0001f44b", "Buongiorno, Socrate", "¡Hola!", "Привет", "你好"]
)
def test_greeting_is_recognised(text: str) -> None:
    assert find_small_talk(text) is SmallTalk.GREETING


@pytest.mark.parametrize(
    "text", ["thanks", "Thank you very much!", "ok grazie", "Ok, thanks.", "Danke schön", "спасибо"]
)
def test_thanks_are_recognised(text: str) -> None:
    assert find_small_talk(text) is SmallTalk.THANKS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "\U0001f41d",
        "Hello world program",
        "Who thanks whom?",
        "Ciao, chi paga?",
        "okapi",
        "good faith",
        "hi-fi",
    ],
)
def test_text_that_may_be_a_question_is_no_small_talk(text: str) -> None:
    assert find_small_talk(text) is None
