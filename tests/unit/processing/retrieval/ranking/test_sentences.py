"""The sentence of a passage that answers a question is found."""

from __future__ import annotations

import pytest

from processing.retrieval.ranking.sentences import find_answer_sentence


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (
            "When are the keys returned?",
            "The rent is due on the first. The keys are returned within three days. Nothing else is due.",
            "The keys are returned within three days.",
        ),
        (
            "Quanto sono lunghi i portici?",
            "Bologna è dotta. I portici sono lunghi 40 km.",
            "I portici sono lunghi 40 km.",
        ),
        ("Сколько холмов?", "Город стар. Москва стоит на семи холмах! Река широка.", "Москва стоит на семи холмах!"),
        ("故宫在哪里？", "北京是首都。故宫位于城市的中心。面包很好吃。", "故宫位于城市的中心。"),
        ("राजधानी क्या है?", "मुंबई बड़ा नगर है। दिल्ली भारत की राजधानी है। नदी लंबी है।", "दिल्ली भारत की राजधानी है।"),
        ("What is a heading?", "Contents\nA heading stands above\nThe end", "A heading stands above"),
        ("Who said it?", 'He left. "We said it twice." She stayed.', '"We said it twice."'),
    ],
)
def test_sentence_with_most_shared_terms_is_found(question: str, text: str, answer: str) -> None:
    start, end = find_answer_sentence(question, text)
    assert text[start:end] == answer


@pytest.mark.parametrize("text", ["", "Nothing of the kind is told.", "\n\n"])
def test_text_without_shared_terms_has_no_answer_sentence(text: str) -> None:
    assert find_answer_sentence("zeppelins?", text) == (0, 0)


def test_full_stop_after_an_initial_or_abbreviation_ends_no_sentence() -> None:
    text = "It is read. A. C. Davison and D. V. Hinkley wrote of bootstrap methods, approx. in 1997. It sold well."
    start, end = find_answer_sentence("Who wrote of bootstrap methods?", text)
    assert text[start:end] == "A. C. Davison and D. V. Hinkley wrote of bootstrap methods, approx. in 1997."
