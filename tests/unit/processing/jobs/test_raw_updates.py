"""Whatever an update is, it becomes a row; and one that can't be read does not keep the others from that."""

from __future__ import annotations

import json
from typing import Any

import pytest

from processing.jobs.raw_updates import (
    KEPT_OF_TOO_LONG,
    LONGEST_RAW,
    NO_CHAT,
    Unreadable,
    find_next_offset,
    make_arrival,
    read_answer,
    read_json,
)
from processing.text.storable import make_storable

DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("update", "ordering_key"),
    [
        ({"update_id": 1, "message": {"chat": {"id": 7}}}, 7),
        ({"message": {"chat": {"id": 7}}, "update_id": 1}, 7),
        ({"update_id": 1, "callback_query": {"from": {"id": 7}, "message": {"chat": {"id": -5}}}}, -5),
        ({"update_id": 1, "callback_query": {"from": {"id": 7}, "message": {"from": {"id": 9}}}}, 7),
        ({"update_id": 1, "callback_query": {"from": {"id": 7}, "message": "gone"}}, 7),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": 9}, "from": {"id": 7}}}, 9),
        ({"update_id": 1, "message": {"chat": {"id": 2**65}}}, 2**63 - 1),
        ({"update_id": 1, "message": {"chat": {"id": -(2**65)}}}, -(2**63)),
        ({"update_id": 1, "message": {"chat": {"id": "7"}, "from": {"id": True}}}, NO_CHAT - 1),
        ({"update_id": 1, "message": {"chat": [7]}}, NO_CHAT - 1),
        ({"update_id": 1, "message": None}, NO_CHAT - 1),
        ({"update_id": 1}, NO_CHAT - 1),
        (Unreadable('{"update_id": 1, "message": {"chat": {"id": 7, "x": ', ""), 7),
    ],
)
def test_ordering_key_is_the_chat_and_otherwise_its_own(update: object, ordering_key: int) -> None:
    arrival = make_arrival(update)
    assert (arrival.update_id, arrival.ordering_key) == (1, ordering_key)


@pytest.mark.parametrize("update_id", [None, "5", 5.0, True, 0, -5, 2**31, 2**65, [5], {}])
def test_an_impossible_id_is_replaced_by_one_that_depends_on_the_text(update_id: object) -> None:
    update = {"update_id": update_id, "message": {"chat": {"id": 7}}}
    arrival, again = make_arrival(update), make_arrival(json.loads(json.dumps(update)))
    assert -(2**63) < arrival.update_id < 0 and arrival == again
    assert make_arrival(update | {"more": 1}).update_id != arrival.update_id
    assert arrival.ordering_key == 7 and arrival.problem is None


@pytest.mark.parametrize("update", ["hello", 5, None, [], float("inf"), {"update_id": 1, "message": "\x00\ud800é"}])
def test_the_text_is_ascii_without_nul_and_is_read_back(update: object) -> None:
    arrival = make_arrival(update)
    assert arrival.raw.isascii() and "\x00" not in arrival.raw
    assert read_json(arrival.raw) == update and arrival.problem is None


def test_a_tap_is_known_by_its_field() -> None:
    assert make_arrival({"update_id": 1, "callback_query": None}).is_tap
    assert not make_arrival({"update_id": 1, "message": {"text": "callback_query"}}).is_tap


def test_a_text_that_is_too_long_is_cut_and_noted() -> None:
    arrival = make_arrival({"update_id": 1, "message": {"text": "x" * LONGEST_RAW}})
    assert len(arrival.raw) == KEPT_OF_TOO_LONG and arrival.problem and arrival.problem.startswith("too long: 1000")


def test_one_update_that_can_not_be_read_leaves_the_others_readable() -> None:
    good: dict[str, Any] = {"update_id": 2, "message": {"text": 'a "quoted] [text}, \\'}}
    items = [json.dumps(good), f'{{"update_id": 3, "message": {DEEP}}}', '{"update_id": 4, "x": }', json.dumps(good)]
    answer = read_answer(f'{{"ok": true, "result": [{", ".join(items)}]}}')["result"]
    assert answer[0] == answer[3] == good
    assert [type(item) for item in answer[1:3]] == [Unreadable, Unreadable]
    assert [make_arrival(item).update_id for item in answer] == [2, 3, 4, 2]
    assert all(make_arrival(item).problem for item in answer[1:3])


def test_numbers_with_thousands_of_digits_are_read() -> None:
    digits = "9" * 5000
    answer = read_answer(f'{{"ok": true, "result": [{{"update_id": 2, "message": {digits}}}]}}')
    assert make_arrival(answer["result"][0]).update_id == 2


@pytest.mark.parametrize("text", ["", "<html>", "[]", '{"ok": true, "result": [1', '{"ok": true, "other": [}'])
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="result|answer"):
        read_answer(text)


@pytest.mark.parametrize(
    ("ids", "offset", "following"),
    [
        ([5, 6, 8], None, 9),
        ([5, 6, 8], 5, 9),
        ([5, 2**65], 5, 6),
        ([3, 9], 8, 10),
        ([3], 8, 4),
        ([None, "x"], 8, 10),
        ([None], None, None),
    ],
)
def test_only_received_updates_are_confirmed(ids: list[Any], offset: int | None, following: int | None) -> None:
    assert find_next_offset([{"update_id": update_id} for update_id in ids], offset) == following


def test_stored_text_has_no_nul_and_no_half_of_a_pair_and_keeps_its_length() -> None:
    value = {"a\x00": ["b\ud800c", {"d": "\udfff"}], "smile": "\U0001f600", "number": 5, "nothing": None}
    assert make_storable(value) == {
        "a ": ["b\ufffdc", {"d": "\ufffd"}], "smile": "\U0001f600", "number": 5, "nothing": None
    }  # fmt: skip
