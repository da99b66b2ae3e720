"""Draws the rooms of the product and the imports between them: ``python -m scripts.draw_house [--check]``.

The drawing is Mermaid, which GitHub renders, between ``<!-- drawing -->`` and ``<!-- /drawing -->`` in
docs/architecture.md. A room is a package at the top level, or a folder or module directly in ``bot`` or ``processing``.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = Path("docs") / "architecture.md"
BEGIN, END = "<!-- drawing -->", "<!-- /drawing -->"
BETWEEN = re.compile(f"(?<={BEGIN}\n).*?(?={END})", re.DOTALL)
ENTRIES = ("main", "worker", "wiring")
PACKAGES = ("bot", "sandbox", "processing", "storage", "db")
# Packages that are drawn as a frame around their rooms, with the rooms from left to right or from top to bottom.
GROUPS = {"bot": "LR", "processing": "TB"}
# Almost every module imports these, so that their arrows would hide all others. They are left out.
SHARED = frozenset({"errors", "settings", "processing.types", "processing.ports"})
# Migrations are not counted as modules: nothing imports them, Alembic loads them by path.
NOT_COUNTED = "db.migrations.versions."
CAPTION = """\
Drawn from the imports by `make drawing`. A box is a folder with its number of modules, or a single module. An arrow
means "imports", also where a function imports when it runs. Left out: arrows that a longer path implies, and the
modules that nearly every room imports ({shared}).
Arrows between `bot`, `processing` and their neighbours are drawn once for all of their rooms.
"""
Arrow = tuple[str, str]


def main() -> int:
    """Return 1 if the page has no markers, or if ``--check`` finds that its drawing is out of date, otherwise 0."""
    parser = argparse.ArgumentParser(description="Draws the rooms and their imports into docs/architecture.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the drawing is out of date")
    check = parser.parse_args().check
    return update_page(ROOT, check=check)


def update_page(root: Path, *, check: bool) -> int:
    """Write the drawing into the page, or with ``check`` only compare it. Return the exit status."""
    page = root / PAGE
    before = page.read_text(encoding="utf-8")
    after, count = BETWEEN.subn(lambda _: render_drawing(root), before)
    if not count:
        print(f"{PAGE} has no line {BEGIN} that a line {END} follows: there is nowhere to draw.", file=sys.stderr)
        return 1
    if check and before != after:
        print(f"The drawing in {PAGE} is out of date: run `make drawing`.", file=sys.stderr)
        return 1
    if before != after:
        page.write_text(after, encoding="utf-8")
    return 0


def render_drawing(root: Path) -> str:
    """Return the caption and the Mermaid code. The same sources give the same text."""
    caption = CAPTION.format(shared=", ".join(f"`{name}`" for name in sorted(SHARED)))
    modules = find_modules(root)
    arrows = reduce(find_arrows(modules))
    lines = ["flowchart TD", *render_boxes(modules), *(f"    {node(start)} --> {node(end)}" for start, end in arrows)]
    return "\n".join([caption, "```mermaid", *lines, "```", ""])


def find_modules(root: Path) -> dict[str, Path]:
    """Return the path of each module of the product by its dotted name. ``__init__.py`` files are left out."""
    files = [root / f"{name}.py" for name in (*ENTRIES, "settings", "errors")]
    files += [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    names = [(".".join(path.relative_to(root).with_suffix("").parts), path) for path in files if path.exists()]
    return {name: path for name, path in names if not name.endswith("__init__")}


def find_room(name: str) -> str:
    """Return the room of a module: ``processing.text`` for ``processing.text.query``, ``db`` for ``db.engine``."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] in GROUPS else parts[0]


def find_arrows(modules: dict[str, Path]) -> set[Arrow]:
    """Return an arrow for each import: between rooms of the same group, otherwise between groups and packages."""
    arrows = set()
    for importer, path in modules.items():
        for imported in find_imports(path, modules):
            if imported not in SHARED and importer not in SHARED:
                arrows.add(find_boxes(find_room(importer), find_room(imported)))
    return {(start, end) for start, end in arrows if start != end}


def find_boxes(start: str, end: str) -> Arrow:
    same_group = start.split(".")[0] == end.split(".")[0]
    return (start, end) if same_group else (start.split(".")[0], end.split(".")[0])


def find_imports(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """Yield the modules that the file imports, at its top or within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [name for alias in node.names for name in (f"{node.module}.{alias.name}", str(node.module))]
        yield from (name for name in names if name in modules)


def reduce(arrows: set[Arrow]) -> list[Arrow]:
    """Return the arrows, sorted, without those that a path of several arrows implies. All arrows of a circle stay."""
    kept = []
    for start, end in sorted(arrows):
        circle = start in find_reachable(end, arrows)
        others = {middle for first, middle in arrows if first == start and middle != end}
        detour = any(end in find_reachable(middle, arrows - {(start, end)}) for middle in others)
        if circle or not detour:
            kept.append((start, end))
    return kept


def find_reachable(start: str, arrows: Iterable[Arrow]) -> set[str]:
    """Return every box that a path from ``start`` leads to."""
    arrows, reached, waiting = set(arrows), set[str](), [start]
    while waiting:
        current = waiting.pop()
        following = {end for first, end in arrows if first == current} - reached
        reached |= following
        waiting += following
    return reached


def render_boxes(modules: Collection[str]) -> Iterator[str]:
    """Yield the lines of Mermaid code for the boxes, from the top down. The boxes of a group are within its frame."""
    sizes = Counter(find_room(name) for name in modules if name not in SHARED and not name.startswith(NOT_COUNTED))
    for package in (*ENTRIES, *PACKAGES):
        if package in GROUPS:
            yield f"    subgraph {node(package)}[{package}]"
            yield f"        direction {GROUPS[package]}"
            yield from (
                f"        {render_box(room, sizes[room], modules)}" for room in sorted(sizes) if is_in(room, package)
            )
            yield "    end"
        elif package in sizes:
            yield f"    {render_box(package, sizes[package], modules)}"


def is_in(room: str, group: str) -> bool:
    return room.startswith(f"{group}.")


def render_box(room: str, size: int, modules: Collection[str]) -> str:
    """Return a rectangle with its number of modules for a folder, a rounded one with the file name for a module."""
    label = room.rpartition(".")[2]
    return f"{node(room)}({label}.py)" if room in modules else f"{node(room)}[{label}: {size}]"


def node(room: str) -> str:
    """Return a Mermaid identifier. The prefix keeps names such as ``end`` from being read as keywords."""
    return "room_" + room.replace(".", "_")


if __name__ == "__main__":
    sys.exit(main())
