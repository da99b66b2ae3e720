"""Texts are divided into sentences in many scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.text.sentences import list_sentences


def divide(text: str, code: str = "en") -> list[str]:
    return [text[start:end] for start, end in list_sentences(text, code)]


@pytest.mark.parametrize(
    ("code", "sentences"),
    [
        ("en", ["Call Dr. Smith at 9 a.m. on Monday.", "Bring the form."]),
        ("en", ["Is it free?", "Yes!", "It costs 3.50 euros otherwise."]),
        ("de", ["Der Vertrag gilt ab dem 1. Mai.", "Die Miete beträgt z. B. 500 Euro."]),
        ("it", ["Il sig. Rossi abita in via Roma.", "La chiave è sua."]),
        ("ru", ["Оплата до 5 числа.", "Штраф 2 %."]),
        ("zh", ["会议在上午九点开始。", "请带上身份证。"]),
        ("ja", ["会議は九時に始まります。", "名札をお持ちください。"]),
        ("ar", ["متى يبدأ الاجتماع؟", "يبدأ في التاسعة."]),
        ("hi", ["किराया पहली तारीख को देय है।", "देरी पर जुर्माना लगता है।"]),
    ],
)
def test_sentences_end_where_readers_end_them(code: str, sentences: list[str]) -> None:
    assert divide(("" if code in ("zh", "ja") else " ").join(sentences), code) == sentences


def test_lines_are_sentences_of_their_own() -> None:
    assert divide("Prices\nAdults | 12 €\n1. Wash it.\n2) Dry it.\n\n  \n") == [
        "Prices",
        "Adults | 12 €",
        "1. Wash it.",
        "2) Dry it.",
    ]


def test_a_long_line_without_full_stops_is_divided_at_its_spaces() -> None:
    clause = "ผู้เช่าต้องชำระค่าเช่าภายในวันที่ห้าของทุกเดือน"
    found = divide(" ".join([clause] * 12), "th")
    assert len(found) > 3 and " ".join(found) == " ".join([clause] * 12)


@given(st.text(max_size=300), st.sampled_from(["en", "de", "zh", "th", "ar", "xx"]))
def test_sentences_follow_each_other_and_leave_only_white_space_out(text: str, code: str) -> None:
    spans = list_sentences(text, code)
    assert all(start < end for start, end in spans)
    assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:], strict=False))
    left = "".join(
        text[end:start]
        for end, start in zip([0, *(e for _, e in spans)], [*(s for s, _ in spans), len(text)], strict=True)
    )
    assert not left.strip()
