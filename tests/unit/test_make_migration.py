"""The next migration is written from the models, into a copy of the folder of migrations."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.make_migration import VERSIONS, check_migrations, write_migration


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """A copy of all migrations; its path has a space."""
    copy = tmp_path / "all versions"
    shutil.copytree(VERSIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def behind(versions: Path) -> Path:
    """The same with one more migration, which drops a column that the models have."""
    newest = find_newest(versions)
    (versions / f"{newest + 1:04}_drop_a_column.py").write_text(
        "from alembic import op\n\n"
        f"revision = '{newest + 1:04}'\ndown_revision = '{newest:04}'\n\n\n"
        "def upgrade():\n    with op.batch_alter_table('documents') as batch:\n"
        "        batch.drop_column('words_version')\n"
    )
    return versions


def find_newest(versions: Path) -> int:
    return max(int(path.name[:4]) for path in versions.glob("[0-9]*.py"))


def test_a_difference_is_written_as_the_next_migration(behind: Path) -> None:
    number = find_newest(behind) + 1
    assert write_migration("add a file: to documents.", behind) == 0
    text = (behind / f"{number:04}_add_a_file_to_documents.py").read_text()
    assert text.startswith('"""Add a file: to documents."""\n') and "sa.Column('words_version'" in text
    assert "import db.models" not in text
    assert check_migrations(behind) == 0, "the new migration leads to the models"


def test_the_check_names_each_difference(behind: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_migrations(behind) == 1
    assert capsys.readouterr().err.splitlines()[1:] == ["add_column documents.words_version"]


def test_nothing_is_written_where_models_and_migrations_are_equal(
    versions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(versions.iterdir())
    assert check_migrations(versions) == 0
    assert write_migration("add a language to documents", versions) == 1
    assert "nothing to migrate" in capsys.readouterr().err
    assert sorted(versions.iterdir()) == before


@pytest.mark.parametrize("name", ["", "  ", "?!", "2026", "смена"])
def test_a_name_without_words_is_refused(name: str, behind: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(behind.iterdir())
    assert write_migration(name, behind) == 1
    assert capsys.readouterr().err == "The name of a migration says in English words what it does.\n"
    assert sorted(behind.iterdir()) == before
