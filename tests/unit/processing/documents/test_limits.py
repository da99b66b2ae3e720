"""Files are refused before the download by what Telegram announces, and documents that are too large while read."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.texts import say
from errors import UserMistake
from processing.documents.limits import MEGABYTE, SizeLimits, check_offered, expect_bytes
from processing.types import Page, Passage

MAX_BYTES, FREE_BYTES = 20 * MEGABYTE, 12 * MEGABYTE
LIMITS = SizeLimits(pages=3, characters=50, passages=4)


@pytest.mark.parametrize(
    ("name", "size", "key", "facts"),
    [
        ("a.pdf", 0, "file_empty", {}),
        ("a.pdf", 20 * MEGABYTE + 1, "too_large", {"size_mb": 20.1, "limit_mb": 20}),
        ("a.pdf", 7 * MEGABYTE, "over_quota", {"needed_mb": 14.0, "free_mb": 12.0}),
        ("a.txt", MEGABYTE, "over_quota", {"needed_mb": 16.0, "free_mb": 12.0}),
        ("setup.EXE ", 100, "wrong_kind", {"extension": "exe"}),
        ("holiday.zip", None, "wrong_kind", {"extension": "zip"}),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(
    name: str, size: int | None, key: str, facts: dict[str, object]
) -> None:
    with pytest.raises(UserMistake) as mistake:
        check_offered(name, size, max_bytes=MAX_BYTES, free_bytes=FREE_BYTES)
    assert (mistake.value.key, mistake.value.facts) == (key, facts)


@pytest.mark.parametrize("name", ["a.pdf", "film", "notes", None, "exe", "data.xyz", "notes."])
def test_a_file_that_may_be_readable_is_taken(name: str | None) -> None:
    for size in (6 * MEGABYTE, None):
        check_offered(name, size, max_bytes=MAX_BYTES, free_bytes=FREE_BYTES)


def test_the_content_decides_what_is_reserved_not_the_name() -> None:
    assert expect_bytes("text", 10) > expect_bytes("archive", 10) > expect_bytes("pdf", 10) > 10
    with pytest.raises(UserMistake, match="over_quota"):
        check_offered("a.pdf", MEGABYTE, max_bytes=MAX_BYTES, free_bytes=FREE_BYTES, kind="markdown")


@pytest.mark.parametrize(("kind", "total", "key"), [("pdf", 4, "too_many_pages"), ("archive", 5, "too_many_passages")])
def test_a_document_that_announces_too_much_is_refused_with_the_figures(kind: str, total: int, key: str) -> None:
    LIMITS.check_total(kind, total - 1)
    LIMITS.check_total(kind, None)
    with pytest.raises(UserMistake, match=key) as mistake:
        LIMITS.check_total(kind, total)
    assert mistake.value.facts == {"count": total, "limit": total - 1}
    assert "12,400" in say("en", key, count=12_400, limit=5000) and "12.400" in say("it", key, count=12_400, limit=5000)


def make_passages(count: int, text: str = "Seals rest.") -> list[Passage]:
    return [Passage(index, text, index + 1, index + 1) for index in range(count)]


@pytest.mark.parametrize(
    ("watched", "taken", "key"),
    [
        (lambda: LIMITS.watch_pages(Page(number, "") for number in range(1, 9)), 3, "over_max_pages"),
        (lambda: LIMITS.watch_pages(Page(1, "x" * 20) for _ in range(9)), 2, "over_max_characters"),
        (lambda: LIMITS.watch_passages(make_passages(9)), 4, "over_max_passages"),
        (lambda: LIMITS.watch_film(make_passages(9, "x")), 3, "over_max_pages"),
        (lambda: LIMITS.watch_film(make_passages(9, "x" * 20)), 2, "over_max_characters"),
    ],
)
def test_reading_stops_at_the_first_that_is_too_many(watched: object, taken: int, key: str) -> None:
    assert callable(watched)
    items: Iterable[object] = watched()
    found: list[object] = []
    with pytest.raises(UserMistake, match=key):
        found.extend(collect(items, found))
    assert len(found) == taken


def collect(items: Iterable[object], found: list[object]) -> Iterable[object]:
    for item in items:
        found.append(item)
    return ()
