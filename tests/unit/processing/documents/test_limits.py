"""Files are refused before the download by what Telegram announces about them."""

from __future__ import annotations

import pytest

from errors import UserMistake
from processing.documents.limits import MEGABYTE, check_offered

LIMITS = {"max_bytes": 20 * MEGABYTE, "free_bytes": 5 * MEGABYTE}


@pytest.mark.parametrize(
    ("name", "size", "key", "facts"),
    [
        ("a.pdf", 0, "file_empty", {}),
        ("a.pdf", 20 * MEGABYTE + 1, "too_large", {"size_mb": 20.1, "limit_mb": 20}),
        ("a.pdf", 6 * MEGABYTE, "over_quota", {"needed_mb": 6.0, "free_mb": 5.0}),
        ("setup.EXE ", 100, "wrong_kind", {"extension": "exe"}),
        ("holiday.zip", None, "wrong_kind", {"extension": "zip"}),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused(
    name: str, size: int | None, key: str, facts: dict[str, object]
) -> None:
    with pytest.raises(UserMistake) as mistake:
        check_offered(name, size, **LIMITS)
    assert (mistake.value.key, mistake.value.facts) == (key, facts)


@pytest.mark.parametrize("name", ["a.pdf", "film.mp4", "notes", None, "exe", "data.xyz", "notes."])
def test_a_file_that_may_be_readable_is_taken(name: str | None) -> None:
    check_offered(name, 5 * MEGABYTE, **LIMITS)
    check_offered(name, None, **LIMITS)
