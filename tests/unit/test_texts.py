"""Every sentence exists in every language, with the same facts in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent
from fluent.syntax.visitor import Visitor

from bot.languages import DEFAULT, LANGUAGES, ROWS, ChatLanguage, choose_language
from bot.texts import has_text, say

ROOT = Path(__file__).parent.parent.parent
TAG = re.compile(r"<(/?)([a-z]+)")


class Facts(Visitor):
    """Collects the names of variables."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: fluent.VariableReference) -> None:
        self.names.add(node.id.name)


def read_messages(language: str) -> dict[str, set[str]]:
    resource = FluentParser().parse(LANGUAGES[language].file.read_text(encoding="utf-8"))
    messages = {}
    for entry in resource.body:
        assert not isinstance(entry, fluent.Junk), entry
        if isinstance(entry, fluent.Message):
            facts = Facts()
            facts.visit(entry)
            messages[entry.id.name] = facts.names
    return messages


MESSAGES = read_messages(DEFAULT)


def test_rows_have_their_own_code_name_and_file() -> None:
    assert len(LANGUAGES) == len(ROWS) == len({row.name for row in ROWS}) == len({row.file for row in ROWS})
    assert all(re.fullmatch("[a-z]{2}", row.code) and row.name and row.file.is_file() for row in ROWS)


def test_one_row_and_one_file_make_a_language_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    english = LANGUAGES[DEFAULT].file.read_text(encoding="utf-8")
    translated = english.replace("ready = ✅ <b>{ $name }</b> is ready", "ready = ✅ <b>{ $name }</b> pretas")
    (tmp_path / "eo.ftl").write_text(translated, encoding="utf-8")
    assert choose_language("eo") == DEFAULT
    monkeypatch.setitem(LANGUAGES, "eo", ChatLanguage("eo", "Esperanto", tmp_path / "eo.ftl"))
    assert choose_language("eo") == choose_language("EO-fr") == "eo"
    assert say("eo", "ready", name="Libro.pdf") == "✅ <b>Libro.pdf</b> pretas"
    assert read_messages("eo") == MESSAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_and_facts(language: str) -> None:
    assert read_messages(language) == MESSAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", MESSAGES)
@pytest.mark.parametrize("number", [0, 1, 2, 1158])
def test_every_sentence_can_be_said(language: str, key: str, number: int) -> None:
    numeric = {"pages", "passages", "count", "queue_position", "done", "total", "percent", "limit_mb"}
    facts = {name: number if name in numeric else f"<{name}>" for name in MESSAGES[key]}
    text = say(language, key, **facts)
    assert text.strip() and "{" not in text
    for name in MESSAGES[key] - numeric:
        assert f"&lt;{name}&gt;" in text
    opened = [tag for closing, tag in TAG.findall(text) if not closing]
    closed = [tag for closing, tag in TAG.findall(text) if closing]
    assert sorted(opened) == sorted(closed)
    assert set(opened) <= {"b", "i", "code", "blockquote"}


def test_a_missing_fact_raises() -> None:
    with pytest.raises(ValueError, match="ready"):
        say("en", "ready")


def test_a_right_to_left_name_leaves_the_sentence_left_to_right() -> None:
    assert say("en", "ready", name="كتاب.pdf") == "✅ <b>\u2068كتاب.pdf\u2069</b> is ready"
    assert say("en", "ready", name="Book.pdf") == "✅ <b>Book.pdf</b> is ready"


def find_error_keys() -> set[str]:
    """Keys given to errors anywhere in the code, and those that error classes carry."""
    keys: set[str] = set()
    for path in [
        ROOT / "errors.py",
        *ROOT.glob("processing/**/*.py"),
        *ROOT.glob("db/*.py"),
        *ROOT.glob("storage/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {
                "UserMistake",
                "SocrateError",
                "TransientFailure",
            }:
                keys |= {str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant)}
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "key":
                keys |= {str(node.value.value)} if isinstance(node.value, ast.Constant) else set()
    return keys


NEVER_SHOWN = {"lease_lost", "worker_stopping", "settings_invalid", "no_worker"}


def test_every_error_key_has_a_sentence() -> None:
    keys = find_error_keys()
    assert {"no_text", "already_here", "queue_down"} <= keys
    assert sorted(key for key in keys - NEVER_SHOWN if not has_text(key)) == []


def test_every_sentence_is_used() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("bot", "processing", "db", "storage")
        for path in ROOT.glob(f"{folder}/**/*.py")
    )
    code += (ROOT / "errors.py").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", code))
    # Keys that are put together, as in f"stage_{stage}".
    beginnings = tuple(re.findall(r"""f["'](\w+_)\{""", code))
    chosen = {key for key in MESSAGES if key.startswith(("answer_in_", "answer_nearest_"))}
    assert sorted(key for key in MESSAGES.keys() - words - chosen if not key.startswith(beginnings)) == []


def test_no_sentence_about_progress_says_ready() -> None:
    progress = [key for key in MESSAGES if key in {"receiving", "queued"} or key.startswith(("stage_", "progress_"))]
    texts = [say("en", key, **dict.fromkeys(MESSAGES[key], 1)) for key in progress]
    assert len(texts) > 8 and not [text for text in texts if "ready" in text.lower()]
