"""The house keeps its rules, and every rule has been seen to fail."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.house.rules import CODE_RULES, TEXT_RULES, Rule, Source
from tests.house.whole import MOST_AT_THE_ROOT_OF_PROCESSING, MOST_MODULES, list_circles, list_crowded

ROOT = Path(__file__).parent.parent.parent
RULES = CODE_RULES | TEXT_RULES
HEAVY = (
    "torch ctranslate2 sentencepiece memvid faiss numpy cv2 av zxingcpp transformers sentence_transformers tokenizers "
    "pypdfium2 lxml openai"
)
LARGEST_BOT_MB = 150


@cache
def list_sources() -> tuple[Source, ...]:
    """Every text file under version control, or, in an unpacked archive without it, every file that is not hidden."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if "/." not in f"/{path.relative_to(ROOT)}"]
    sources = []
    for path in paths:
        if path.is_file() and b"\0" not in (content := path.read_bytes()) and not content.startswith(b"%PDF"):
            sources.append(Source(path.relative_to(ROOT).as_posix(), content.decode("utf-8")))
    return tuple(sources)


def find_breaches(rule: Rule, sources: tuple[Source, ...]) -> list[str]:
    return [f"{source.path}: {breach}" for source in sources for breach in rule(source)]


@pytest.mark.parametrize("name", CODE_RULES)
def test_the_code_keeps_the_rule(name: str) -> None:
    code = tuple(source for source in list_sources() if source.path.endswith(".py"))
    assert len(code) > 100
    assert find_breaches(CODE_RULES[name], code) == []


@pytest.mark.parametrize("name", TEXT_RULES)
def test_every_file_keeps_the_rule(name: str) -> None:
    assert find_breaches(TEXT_RULES[name], list_sources()) == []


def test_no_folder_is_crowded() -> None:
    assert list_crowded(source.path for source in list_sources()) == []


@pytest.mark.parametrize(("folder", "limit"), [("processing", MOST_AT_THE_ROOT_OF_PROCESSING), ("bot", MOST_MODULES)])
def test_a_crowded_folder_is_seen(folder: str, limit: int) -> None:
    paths = [f"{folder}/{number}.py" for number in range(limit)]
    assert list_crowded([*paths, f"{folder}/__init__.py"]) == []
    assert list_crowded([*paths, f"{folder}/one_more.py"]) == [f"{folder}: {limit + 1}"]


def test_nothing_imports_in_a_circle() -> None:
    assert list_circles(list_sources()) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("bot/a.py", "import bot.b"), ("bot/b.py", "def f():\n    from bot import a")),
        (("bot/x/a.py", "from bot.y.b import f"), ("bot/x/c.py", "")),
    ],
    ids=["modules", "rooms"],
)
def test_a_circle_is_seen(first: tuple[str, str], second: tuple[str, str]) -> None:
    back = Source("bot/y/b.py", "from bot.x import c")
    assert list_circles([Source(*first), Source(*second), back])


LONG = "def f() -> None:\n" + "    pass\n" * 41
PLANTED = [
    ("floors", "db/operations/x.py", "from processing import library"),
    ("floors", "storage/x.py", "import db.models"),
    ("floors", "processing/x.py", "from storage.local import LocalStorage"),
    ("floors", "processing/x.py", "def f():\n    from bot.texts import say"),
    ("rooms", "processing/text/x.py", "def f():\n    from processing.services import Services"),
    ("floors", "bot/handlers/x.py", "from processing.archive import build_archive"),
    ("floors", "bot/handlers/x.py", "from processing import actors"),
    ("floors", "bot/handlers/x.py", "from db.models import Document"),
    ("floors", "bot/handlers/x.py", "import sandbox.server"),
    ("floors", "sandbox/x.py", "from bot.render.document import escape"),
    ("floors", "bot/x.py", "from . import render"),
    ("floors", "main.py", "from db.engine import Database"),
    ("floors", "errors.py", "import settings"),
    ("homes", "processing/x.py", "import telegram"),
    ("homes", "bot/x.py", "from sqlalchemy import select"),
    ("homes", "processing/pipeline.py", "import dramatiq"),
    ("homes", "processing/pipeline.py", "def f():\n    import memvid"),
    ("homes", "processing/answering.py", "from openai import OpenAI"),
    ("homes", "db/x.py", "import redis"),
    ("homes", "db/x.py", "import never_heard_of"),
    ("import_time", "db/x.py", "engine = create_engine('sqlite://')"),
    ("import_time", "bot/x.py", "class A:\n    text = Path('x').read_text()"),
    ("import_time", "bot/x.py", "def f(now=datetime.now()): ..."),
    ("import_time", "bot/x.py", "TOKEN = os.environ['TOKEN']"),
    ("import_time", "bot/x.py", "import os\nif os.getenv('X'):\n    pass"),
    ("length", "bot/x.py", LONG),
    ("length", "bot/x.py", "x = 1\n" * 301),
    ("length", "tests/x.py", LONG.replace("pass\n", "pass\n    pass\n")),
    ("docstring", "bot/x.py", "import os"),
    ("statements", "db/operations/x.py", "from sqlalchemy import text"),
    ("statements", "db/operations/x.py", "import sqlalchemy as sa\nsa.text('DELETE FROM documents')"),
    ("statements", "db/operations/x.py", "select(Document.__table__)"),
    ("statements", "db/operations/x.py", "session.connection().execute(x)"),
    ("statements", "db/operations/x.py", "session.bulk_insert_mappings(Document, rows)"),
    ("statements", "db/operations/x.py", "update(Document).values(tenant_id=2)"),
    ("signatures", "db/operations/x.py", "def get_document(session, document_id): ..."),
    ("signatures", "db/operations/x.py", "def get_document(tenant_id, session): ..."),
    ("upkeep", "bot/handlers/x.py", "def f(d):\n    with d.services.database.upkeep() as s: ..."),
    ("prints", "processing/x.py", "def f():\n    print('here')"),
    ("words", "processing/x.py", "def ring_the_bell() -> None: ..."),
    ("words", "bot/x.py", "# Whoever comes first."),
    ("wait_for", "bot/x.py", "async def f():\n    await asyncio.wait_for(g(), 1)"),
    ("emoji", "processing/x.py", "text = '\u2705 ready'"),
    ("emoji", "bot/web/templates/x.html", "<b>\U0001f4c4</b>"),
    ("name", "bot/handlers_old.py", ""),
    ("name", "settings.bak.py", ""),
    ("name", "docs/copy/x.md", ""),
    ("machine", "docs/x.md", "see " + "/".join(("", "work", "main"))),
    ("machine", "Makefile", "pip install --index" + "-url https://example.org"),
]


@pytest.mark.parametrize(("name", "path", "text"), PLANTED)
def test_the_rule_has_been_seen_to_fail(name: str, path: str, text: str) -> None:
    assert list(RULES[name](Source(path, text)))


def test_no_rule_is_without_its_planted_breach() -> None:
    assert {name for name, _, _ in PLANTED} == set(RULES)


HARMLESS = [
    ("floors", "bot/handlers/x.py", "from processing import library\nfrom bot.render.document import render"),
    ("homes", "wiring.py", "import asyncio\nfrom telegram.ext import ExtBot"),
    (
        "import_time",
        "bot/x.py",
        "WORD = re.compile('x')\ndef f():\n    return open('x')\nif __name__ == '__main__': run()",
    ),
    ("statements", "db/operations/x.py", "session.execute(update(Document).values(name='x'))"),
    ("signatures", "db/operations/x.py", "def get_document(session, tenant_id, document_id): ..."),
    ("signatures", "db/operations/upkeep/x.py", "def count(session): ..."),
    ("name", "sandbox/chat_page/static/scaffold.js", ""),
    ("words", "processing/x.py", "labels, itself, compile"),
    ("machine", "docs/x.md", "a network/work/flow, https://example.org/home/page"),
]


@pytest.mark.parametrize(("name", "path", "text"), HARMLESS)
def test_the_rule_leaves_the_harmless_alone(name: str, path: str, text: str) -> None:
    assert list(RULES[name](Source(path, text))) == []


IMPORT_EVERYTHING = """
import importlib, pathlib, sys, threading
ours, did = sys.argv[1], []
def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    # urllib3, below boto3, tries once whether this machine knows IPv6.
    if event == "socket.bind" and arguments[1] == ("::1", 0):
        return
    if writes or event in {"os.mkdir", "socket.connect", "socket.bind", "subprocess.Popen"}:
        did.append((event, str(arguments)))
sys.addaudithook(watch)
sys.path.insert(0, ours)
rooms = ("bot", "db", "storage", "processing")
for path in sorted(path for room in rooms for path in pathlib.Path(ours, room).rglob("*.py")):
    name = path.relative_to(ours).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
    if "migrations" not in name and not name.startswith("processing.archive") and not name.endswith("__main__"):
        importlib.import_module(name)
assert did == [], did
assert threading.active_count() == 1, threading.enumerate()
"""

MAKE_THE_BOT = """
import asyncio, os, pathlib, resource, sys
import main, wiring
from settings import load_settings

async def make():
    settings = load_settings(None)
    bot = wiring.make_bot(settings, settings.redis_url)
    desk = wiring.BotContext(wiring.make_services(settings, wiring.TelegramNotifier(bot, asyncio.get_running_loop())))
    desk.services.database.migrate()
    app = wiring.make_web_app(wiring.LiveStatus(desk, lambda: "Answers."))
    return wiring.make_application(bot, desk), app

made = asyncio.run(make())
status = pathlib.Path("/proc/self/status")
pages = [line for line in status.read_text().splitlines() if line.startswith("VmRSS")] if status.exists() else []
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
bytes_ = int(pages[0].split()[1]) * 1024 if pages else peak * (1 if sys.platform == "darwin" else 1024)
print(",".join(sorted(set(sys.argv[1].split()) & set(sys.modules))), bytes_ // 2**20, sep=";")
"""


def run_python(script: str, *arguments: str, folder: Path) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DATA_DIR": str(folder / "data"),
        "TELEGRAM_BOT_TOKEN": "12345:HOUSE-token",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_makes_nothing(tmp_path: Path) -> None:
    run_python(IMPORT_EVERYTHING, str(ROOT), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_bot_is_light(tmp_path: Path) -> None:
    heavy, megabytes = run_python(MAKE_THE_BOT, HEAVY, folder=tmp_path).split(";")
    assert heavy == ""
    assert 10 < int(megabytes) < LARGEST_BOT_MB


def test_a_heavy_import_would_be_seen(tmp_path: Path) -> None:
    heavy, _ = run_python(f"import lxml, numpy\n{MAKE_THE_BOT}", HEAVY, folder=tmp_path).split(";")
    assert heavy == "lxml,numpy"
