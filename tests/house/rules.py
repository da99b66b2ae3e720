"""The rules of the house, each a small function from a source file to the breaches in it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from tests.house.layout import FLOORS, HOMES, OURS, ROOMS

PLAYGROUNDS = ("tests/", "scripts/", "benchmarks/")
# Calls that reach outside the module: never while it is being imported.
WORK = frozenset(
    "open read_text read_bytes write_text write_bytes mkdir mkdtemp touch unlink iterdir glob rglob connect getenv "
    "create_engine make_engine Database sessionmaker Session Redis from_url AsyncClient Client OpenAI Bot ExtBot "
    "Thread Popen system Settings load_settings basicConfig set_up_logs ThreadPoolExecutor ProcessPoolExecutor "
    "now utcnow monotonic getpid gethostname urlopen gettempdir new_event_loop import_module".split()
)
LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_TEST = 300, 40, 80
LONG_FUNCTIONS = {
    # A migration is a list of what is made, in order.
    "db/migrations/versions/0001_create_tenants_documents_and_questions.py:upgrade",
    "db/migrations/versions/0003_create_citations.py:upgrade",
}
# main and worker speak to whoever starts them; scripts and benchmarks are for the terminal.
PRINTERS = (
    "main.py",
    "worker.py",
    "sandbox/__main__.py",
    "processing/maintenance/audit/__main__.py",
    "processing/maintenance/commands.py",
    "processing/maintenance/renew.py",
    "scripts/",
    "benchmarks/",
)
OVER_ALL_TENANTS = "db/operations/upkeep/"
AROUND_THE_ORM = {"__table__", "exec_driver_sql", "connection", "text", "from_statement"}
NOT_BY_TENANT = {
    # Runs any statement; the listener of the session holds it to its tenant.
    "db/operations/claims.py:change",
}
# Words that had a private meaning here; the field's words stand in docs/architecture.md and GLOSSARY.md.
PRIVATE_WORDS = re.compile(
    r"(?<![a-z])(?:bells?|rung|hush(?:ed)?|shelf|shelves|workshops?|needles?|insist(?:s|ed|ing)?|mourn|desk|parcels?"
    r"|sweep(?:s|er|ing)?|swept|orphan hunt|hunt|set aside|tally|tallies|spendings?|opinions?|telling|told_at|tell_at"
    r"|whoever|oneself|(?:of )?one's own)(?![a-z])",
    re.IGNORECASE,
)
# They read what earlier versions have written.
HISTORY = ("db/migrations/", "tests/", "processing/questions/follow_up.py")
EMOJI = re.compile("[\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff]")
LEFTOVER_NAME = re.compile(r"(?:^|[_.\-/ ])(?:backup|bak|old|copy|orig)(?=[_.\-/ ]|$)|~$", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.$}*])/(?:work|root|tmp/wt|Users|home/(?!socrate))/", re.ASCII)
# PyTorch's own index of CPU builds is everybody's.
REGISTRY = re.compile(
    r"index[-_]url['\"]?[\s=:]+['\"]?https?://(?!download\.pytorch\.org)"
    r"|(?:artifactory|nexus|devpi)[.:/]|[-]-trusted[-]host|/simple/?['\"\s]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """One file of ours; ``path`` is relative to the project, with ``/``."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def imports(self) -> list[str]:
        """Dotted names, ``from a import b`` as ``a.b``; a relative import begins with a dot."""
        names = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names += [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
        return names


Rule = Callable[[Source], Iterator[str]]


def is_within(name: str, rooms: frozenset[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[: end + 1]) in rooms for end in range(len(parts)))


def check_floors(source: Source) -> Iterator[str]:
    """Arrows go down only."""
    for room, allowed, refused in FLOORS:
        if source.path.startswith(room):
            for name in source.imports:
                if name.startswith("."):
                    yield f"{name}: say the whole name"
                elif name.split(".")[0] in OURS and (not is_within(name, allowed) or is_within(name, refused)):
                    yield f"imports {name}"
            return


def check_rooms(source: Source) -> Iterator[str]:
    """A room of processing imports itself and those below it; imports inside functions count."""
    parts = source.path.removesuffix(".py").split("/")
    if parts[0] != "processing" or parts[1] not in ROOMS:
        return
    floor = ROOMS.index(parts[1])
    for name in source.imports:
        room = name.split(".")[1] if name.startswith("processing.") else parts[1]
        if room in ROOMS and ROOMS.index(room) > floor:
            yield f"imports {name}, which is above it"


def check_homes(source: Source) -> Iterator[str]:
    """Each library has one home; a new one is given its own in ``HOMES``."""
    if source.path.startswith(PLAYGROUNDS):
        return
    for library in sorted({name.split(".")[0] for name in source.imports} - OURS - sys.stdlib_module_names):
        if not source.path.startswith(HOMES.get(library, ())):
            yield f"imports {library}, whose home is {HOMES.get(library, 'not named in tests/house/rules.py')}"


def walk_import_time(node: ast.AST) -> Iterator[ast.AST]:
    """What runs while the module is imported: no bodies of functions, nothing below ``__main__``."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            yield from walk_import_time(part)
    elif not isinstance(node, ast.Lambda) and not (isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from walk_import_time(child)


def check_import_time(source: Source) -> Iterator[str]:
    """No engine, client, folder, clock, environment at import time."""
    if source.path.startswith(("tests/", "db/migrations/")):
        return
    for node in walk_import_time(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in WORK:
            yield f"line {node.lineno} works at import time: {ast.unparse(node)[:60]}"
        if isinstance(node, ast.Attribute) and node.attr == "environ":
            yield f"line {node.lineno} reads the environment at import time"


def check_length(source: Source) -> Iterator[str]:
    """Modules and functions that can be read at once."""
    lines = source.text.count("\n")
    if lines > LONGEST_MODULE:
        yield f"{lines} lines"
    longest = LONGEST_TEST if source.path.startswith("tests/") else LONGEST_FUNCTION
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > longest and f"{source.path}:{node.name}" not in LONG_FUNCTIONS:
                yield f"{node.name} has {length} lines"


def check_docstring(source: Source) -> Iterator[str]:
    """A module opens with a sentence; an empty one has nothing to say."""
    if source.text.strip() and not (ast.get_docstring(source.tree) or "").strip():
        yield "opens without a sentence"


def check_statements(source: Source) -> Iterator[str]:
    """Operations use the ORM only, for the tenant lock listens there; and no row changes its owner."""
    if not source.path.startswith("db/operations/"):
        return
    if "sqlalchemy.text" in source.imports:
        yield "imports text"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and (node.attr in AROUND_THE_ORM or node.attr.startswith("bulk_")):
            yield f"line {node.lineno} goes around the ORM: {ast.unparse(node)}"
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".values"):
            yield from (
                f"line {node.lineno} writes tenant_id" for keyword in node.keywords if keyword.arg == "tenant_id"
            )


def check_signatures(source: Source) -> Iterator[str]:
    """Every operation begins ``session, tenant_id``, except those that need a session opened for upkeep."""
    if not source.path.startswith("db/operations/") or source.path.startswith(OVER_ALL_TENANTS):
        return
    for node in source.tree.body:
        if (
            isinstance(node, ast.FunctionDef)
            and not node.name.startswith("_")
            and f"{source.path}:{node.name}" not in NOT_BY_TENANT
        ):
            names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            if names[:2] != ["session", "tenant_id"]:
                yield f"{node.name}({', '.join(names)}) does not begin with session, tenant_id"


def check_upkeep(source: Source) -> Iterator[str]:
    """Handlers of the bot never open a session that sees everybody."""
    if source.path.startswith("bot/"):
        yield from (
            f"line {node.lineno} opens a session over all tenants"
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Attribute) and node.attr == "upkeep"
        )


def check_prints(source: Source) -> Iterator[str]:
    """Who has something to say writes a log line."""
    if source.path.startswith((*PRINTERS, "tests/")):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "pprint", "sys.stdout.write"}:
            yield f"line {node.lineno} prints"


def check_emoji(source: Source) -> Iterator[str]:
    """Signs for people stand in ``bot/texts``; tests send what people send."""
    if source.path.startswith(("bot/texts/", "tests/")):
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if EMOJI.search(line):
            yield f"line {number} has a sign that belongs in bot/texts"


def check_name(source: Source) -> Iterator[str]:
    """History is in git."""
    if LEFTOVER_NAME.search(source.path.removesuffix(PurePosixPath(source.path).suffix)):
        yield "is named like something left over"


def check_machine(source: Source) -> Iterator[str]:
    """Nothing that is true on one machine only."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if MACHINE.search(line) or REGISTRY.search(line):
            yield f"line {number} names a machine's path or a registry: {line.strip()[:60]}"


def check_wait_for(source: Source) -> Iterator[str]:
    """On Python 3.11 ``asyncio.wait_for`` ignores a cancellation that comes with the result, and loops never end."""
    if source.path.startswith("bot/"):
        yield from (
            f"line {node.lineno} calls asyncio.wait_for: use asyncio.timeout"
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "asyncio.wait_for"
        )


def check_words(source: Source) -> Iterator[str]:
    """Code speaks the words of the field."""
    if source.path.startswith(HISTORY):
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if match := PRIVATE_WORDS.search(line):
            yield f"line {number} says {match[0]!r}"


CODE_RULES: dict[str, Rule] = {
    rule.__name__.removeprefix("check_"): rule
    for rule in (
        check_floors,
        check_rooms,
        check_homes,
        check_import_time,
        check_length,
        check_docstring,
        check_statements,
        check_signatures,
        check_upkeep,
        check_prints,
        check_words,
        check_wait_for,
    )
}
TEXT_RULES: dict[str, Rule] = {
    rule.__name__.removeprefix("check_"): rule for rule in (check_emoji, check_name, check_machine)
}
