"""Writes the next migration from the models: ``python -m scripts.make_migration "add a language to documents"``.

The models are compared with a new SQLite database to which every migration was applied. ``--check`` only compares.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from db.engine import MIGRATIONS, Database
from db.models import Base

VERSIONS = MIGRATIONS / "versions"
WORD = re.compile(r"[a-z0-9]+")
ADVICE = (
    "Read {file} before you keep it. A renamed column appears as one that is dropped and one that is added, and a new "
    "column that is never null needs a server_default if there are rows already."
)
UNUSED_IMPORT = "\nimport db.models\n"


def main() -> int:
    """Return 1 if ``--check`` finds a difference, or if there is nothing to write or no name for it, otherwise 0."""
    parser = argparse.ArgumentParser(description="Writes the next migration from the models.")
    parser.add_argument("name", nargs="?", default="", help='what it does, such as "add a language to documents"')
    parser.add_argument("--check", action="store_true", help="write nothing; fail where models and migrations differ")
    arguments = parser.parse_args()
    return check_migrations(VERSIONS) if arguments.check else write_migration(arguments.name, VERSIONS)


def check_migrations(versions: Path) -> int:
    """Return 1, and print the differences, if the migrations in ``versions`` do not lead to the models, otherwise 0."""
    with migrate_new_database(versions) as config:
        differences = list_differences(config)
    if differences:
        print('The models need a migration: run make migration name="what it does".', file=sys.stderr)
        print(*map(describe, differences), sep="\n", file=sys.stderr)
        return 1
    return 0


def write_migration(name: str, versions: Path) -> int:
    """Write ``NNNN_name_of_it.py``. Return 1, and print why, if there is no ``name`` or no difference, otherwise 0."""
    slug = "_".join(WORD.findall(name.lower()))
    if not re.search("[a-z]", slug):
        print("The name of a migration says in English words what it does.", file=sys.stderr)
        return 1
    with migrate_new_database(versions) as config:
        if not list_differences(config):
            print("Models and migrations are equal: there is nothing to migrate.", file=sys.stderr)
            return 1
        path = generate(config, name.strip().rstrip("."), slug)
    print(ADVICE.format(file=path.name))
    return 0


@contextmanager
def migrate_new_database(versions: Path) -> Iterator[Config]:
    """Yield Alembic's configuration, connected to a new SQLite database to which every migration was applied."""
    with TemporaryDirectory(prefix="socrate-migration-", ignore_cleanup_errors=True) as folder:
        database = Database(f"sqlite:///{folder}/new.db")
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        # Without this, alembic splits a path at its spaces.
        config.set_main_option("path_separator", "os")
        config.set_main_option("version_locations", str(versions))
        try:
            with database.engine.connect() as connection, connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                yield config
        finally:
            database.close()


def list_differences(config: Config) -> list[tuple[Any, ...]]:
    """Return the changes that alembic would write, such as ``("add_column", None, "documents", Column(...))``."""
    context = MigrationContext.configure(config.attributes["connection"], opts={"compare_type": True})
    found = compare_metadata(context, Base.metadata)
    # Changes of one column come as a list of their own.
    return [change for entry in found for change in (entry if isinstance(entry, list) else [entry])]


def describe(change: tuple[Any, ...]) -> str:
    """Return the change in one line, such as ``add_column documents.language`` or ``add_table tasks``."""
    kind, *parts = change
    names = [str(getattr(part, "name", part)) for part in parts[:3] if part is not None]
    return f"{kind} {'.'.join(names)}"


def generate(config: Config, name: str, slug: str) -> Path:
    """Write a migration whose number is one above that of the newest one. Return the path of its file."""
    head = ScriptDirectory.from_config(config).get_current_head()
    config.set_main_option("file_template", f"%%(rev)s_{slug}")
    message = name[0].upper() + name[1:]
    script = command.revision(config, message, autogenerate=True, rev_id=f"{int(head or 0) + 1:04}")
    if script is None or isinstance(script, list):
        raise TypeError(f"alembic wrote {script} instead of one migration")
    path = Path(script.path)
    drop_unused_import(path)
    return path


def drop_unused_import(path: Path) -> None:
    """Remove ``import db.models`` if the migration does not use it. The template has it for our own column types."""
    text = path.read_text(encoding="utf-8")
    if "db.models." not in text:
        text = text.replace(UNUSED_IMPORT, "")
    path.write_text(re.sub(r"\n{4,}", "\n\n\n", text), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
