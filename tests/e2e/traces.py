"""What is left of a person in the database, the storage and the scratch directory, read without the product's code."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.driver import Person
from tests.stack import Stack, wait_until


def query(stack: Stack, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{stack.data / 'socrate.db'}?mode=ro", uri=True, timeout=20)) as database:
        return database.execute(statement, values).fetchall()


def list_rows(stack: Stack, person: Person) -> list[tuple[str, str]]:
    """(id, state) of the person's documents, oldest first."""
    statement = (
        "SELECT d.id, d.state FROM documents d JOIN tenants t ON t.id = d.tenant_id WHERE t.telegram_id = ? "
        "ORDER BY d.created_at"
    )
    return [(str(id), str(state)) for id, state in query(stack, statement, person.id)]


def list_files(stack: Stack, person: Person) -> list[Path]:
    tenants = query(stack, "SELECT id FROM tenants WHERE telegram_id = ?", person.id)
    folders = [stack.data / "storage" / "tenants" / str(id) for (id,) in tenants]
    return [path for folder in folders for path in folder.rglob("*")]


def list_scratch_files(stack: Stack) -> list[Path]:
    scratch_directory = stack.data / "scratch"
    return list(scratch_directory.iterdir()) if scratch_directory.is_dir() else []


def wait_for_nothing_left(stack: Stack, person: Person) -> None:
    """Wait until no row and no file of the person is left: they are deleted a moment after the person is told."""

    def describe() -> str:
        return (
            f"{list_rows(stack, person)} {list_files(stack, person)} {list_scratch_files(stack)}\n{person.describe()}"
        )

    def is_clean() -> bool:
        return not (list_rows(stack, person) or list_files(stack, person) or list_scratch_files(stack))

    wait_until(is_clean, f"nothing left of {person.name}", describe, seconds=60)
