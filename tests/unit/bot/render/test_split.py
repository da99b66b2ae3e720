"""A long text is sent in messages that Telegram accepts."""

from __future__ import annotations

import re

import pytest

from bot.render.split import LIMIT, count_utf16, split_html

TAG = re.compile(r"<[^>]+>")


@pytest.mark.parametrize("blank", [" ", "\n", "\u2003", "\u200b", "\u2060\u200d", "\t\n"])
def test_no_message_is_empty(blank: str) -> None:
    parts = split_html("<b>Yes." + blank * 9200 + "It is <i>open</i>.</b>" + blank * 5000)
    shown = [TAG.sub("", part) for part in parts]
    assert shown[0].startswith("Yes.") and "It is open." in shown[-1]
    assert all(any(sign.isalpha() for sign in text) for text in shown)
    assert all(count_utf16(text) <= LIMIT for text in shown)


def test_nothing_that_can_be_seen_is_lost() -> None:
    text = "".join(f"Line {number} &amp; more.\n" for number in range(2000))
    assert "".join("".join(split_html(text)).split()) == "".join(text.split())
