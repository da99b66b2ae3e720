"""Only files that the Bot API server serves are downloaded."""

from __future__ import annotations

import pytest

from bot.handlers.upload import is_served

TOKEN = "4:token"


OTHERS = (
    "",
    ".env",
    "/etc/passwd",
    "../4:token/x",
    "4:token/x",
    "/data/4:token/../../etc/shadow",
    "/proc/self/environ",
)


@pytest.mark.parametrize("path", OTHERS)
def test_no_other_file_of_the_machine_is_read(path: str) -> None:
    assert not is_served(path, TOKEN)
