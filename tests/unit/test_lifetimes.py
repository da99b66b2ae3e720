"""Every table says how long it keeps its rows, and the functions that end them exist."""

from __future__ import annotations

from importlib import import_module

import pytest

from db.lifetimes import LIFETIMES
from db.models import Base


def test_every_table_has_a_lifetime_and_every_lifetime_a_table() -> None:
    assert set(LIFETIMES) == set(Base.metadata.tables)


@pytest.mark.parametrize("table", LIFETIMES)
def test_lifetime_is_a_sentence_and_something_ends_it(table: str) -> None:
    kept, ended_by = LIFETIMES[table]
    assert kept and ended_by
    for name in ended_by:
        module, _, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function)), name
