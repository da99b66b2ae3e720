"""Questions that depend on the conversation are distinguished from those that stand alone."""

from __future__ import annotations

import pytest

from processing.questions.follow_up import EXCHANGE_CHARACTERS, MAX_EXCHANGES, shorten_exchanges
from processing.questions.history import choose_other_words, choose_words
from processing.types import Exchange

BEFORE = [Exchange("How heavy is a walrus?", "1,200 kilograms [1].")]


FOLLOW_UPS = [
    "And in the second case?",
    "what about seals?",
    "How long does it live?",
    "who wrote it?",
    "Why?",
    "why not",
    "And when?",
    "Tell me more",
    "Can you give me an example?",
    "What is its weight?",
    "How much does this one weigh?",
    "E nel secondo caso?",
    "Perché?",
    "Chi lo ha scritto?",
    "Chi l'ha scritto?",
    "Qual è il suo peso?",
    "E le foche?",
    "Fammi un esempio",
    "Und im zweiten Fall?",
    "Warum nicht?",
    "Wer hat es geschrieben?",
    "Wie schwer ist er?",
    "¿Y en el segundo caso?",
    "¿Por qué?",
    "¿Quién lo escribió?",
    "¿Cuál es su peso?",
    "Et dans le second cas ?",
    "Pourquoi ?",
    "Qui l'a écrit ?",
    "Quel est son poids ?",
    "А во втором случае?",
    "Почему?",
    "Кто его написал?",
    "Сколько он весит?",
    "那第二种情况呢？",
]
INDEPENDENT = [
    "How heavy is an otter?",
    "Andrea wrote what?",
    "Ethik nach Kant?",
    "Solo chi paga?",
    "Item 5?",
    "How does a walrus use its tusks to haul out on ice in winter?",
    "What is a factor?",
    "Who keeps the lighthouse?",
    "Come si legge lo statuto?",
    "Quanto pesa lo zaino?",
    "Gibt es eine Kündigungsfrist?",
    "Wie lange dauert die Kündigungsfrist?",
    "¿Qué es un factor?",
    "¿Cuánto pesa la morsa?",
    "Il y a un délai ?",
    "Combien pèse le morse ?",
    "Сколько весит морж?",
    "Whose lamp is it that the keeper of the tower lights at night?",
]


@pytest.mark.parametrize("question", FOLLOW_UPS)
def test_follow_up_is_searched_together_with_the_question_before(question: str) -> None:
    assert choose_words(question, BEFORE) == f"How heavy is a walrus?\n{question}"
    assert choose_other_words(question, BEFORE) == question


@pytest.mark.parametrize("question", INDEPENDENT)
def test_independent_question_is_searched_alone(question: str) -> None:
    assert choose_words(question, BEFORE) == question
    assert choose_other_words(question, BEFORE) == f"How heavy is a walrus?\n{question}"


def test_chain_of_follow_ups_goes_back_to_the_independent_question() -> None:
    exchanges = [
        Exchange("How deep is the sea?"),
        Exchange("How heavy is a walrus?"),
        Exchange("And a seal?"),
        Exchange("Why?"),
    ]
    assert choose_words("Who says it?", exchanges) == "How heavy is a walrus?\nAnd a seal?\nWhy?\nWho says it?"


def test_first_question_is_searched_alone() -> None:
    assert choose_words("And why?", []) == "And why?"
    assert choose_other_words("And why?", []) == ""


def test_exchanges_are_few_and_cut_short() -> None:
    exchanges = shorten_exchanges([Exchange("q" * 5000, "a" * 5000)] * 9)
    assert len(exchanges) == MAX_EXCHANGES
    assert all(
        len(exchange.question) <= EXCHANGE_CHARACTERS + 1 and len(exchange.answer) <= EXCHANGE_CHARACTERS + 1
        for exchange in exchanges
    )
