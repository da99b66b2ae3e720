"""Rules over the whole tree: how full a folder may be, and that no modules import each other in a circle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath

from tests.house.rules import Source

MOST_MODULES = 12
MOST_AT_THE_ROOT_OF_PROCESSING = 8
PACKAGES = ("bot", "sandbox", "processing", "storage", "db", "scripts", "benchmarks", "tests")
# The history of the schema grows by a file with every change of it; unit tests of the top-level modules stand together.
UNBOUNDED = frozenset({"db/migrations/versions"})


def list_crowded(paths: Iterable[str]) -> list[str]:
    """Folders with more modules than a person can keep in mind, as ``folder: number``."""
    modules = [PurePosixPath(path) for path in paths if path.endswith(".py") and not path.endswith("/__init__.py")]
    counts = Counter(str(module.parent) for module in modules if module.parts[0] in PACKAGES)
    return [f"{folder}: {count}" for folder, count in sorted(counts.items()) if count > get_limit(folder)]


def get_limit(folder: str) -> float:
    if folder in UNBOUNDED:
        return float("inf")
    return MOST_AT_THE_ROOT_OF_PROCESSING if folder == "processing" else MOST_MODULES


def list_circles(sources: Collection[Source]) -> list[str]:
    """Circles of modules, and of rooms (``bot/render``, ``processing/jobs``), with imports inside functions counted."""
    modules = {name_module(source.path): source for source in sources if source.path.endswith(".py")}
    arrows = {name: set(list_targets(source, modules)) - {name} for name, source in modules.items()}
    rooms: dict[str, set[str]] = {}
    for name, targets in arrows.items():
        room = name_room(name)
        rooms.setdefault(room, set()).update({name_room(target) for target in targets} - {room})
    return [*find_circles(arrows), *find_circles(rooms)]


def name_module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def name_room(module: str) -> str:
    """The folder of the second level, else the module itself."""
    return ".".join(module.split(".")[:2])


def list_targets(source: Source, modules: Collection[str]) -> Iterator[str]:
    """The modules of ours that the source imports; ``from a import b`` may mean module ``a.b`` or a name in ``a``."""
    for name in source.imports:
        if name in modules:
            yield name
        elif (parent := name.rpartition(".")[0]) in modules:
            yield parent


def find_circles(arrows: dict[str, set[str]]) -> list[str]:
    """One line for each circle that a walk along the arrows comes upon."""
    found, done = [], set[str]()

    def walk(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found.append(" -> ".join((*path[path.index(name) :], name)))
        elif name not in done:
            for target in sorted(arrows.get(name, ())):
                walk(target, (*path, name))
            done.add(name)

    for name in sorted(arrows):
        walk(name, ())
    return found
