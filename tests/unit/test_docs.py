"""The documentation agrees with the code, as far as a test can check that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
INDEX = ROOT / "docs" / "decisions" / "README.md"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
PARTS = ("Status", "Context", "Decision", "Alternatives looked at", "Consequences")
REQUIREMENTS = ("requirements.in", "requirements-models.in", "requirements-torch.txt", "requirements-dev.in")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def list_sources() -> list[Path]:
    rooms = ("bot", "db", "processing", "scripts", "storage")
    return [*ROOT.glob("*.py"), *(path for room in rooms for path in (ROOT / room).rglob("*.py"))]


def list_chosen(name: str) -> set[str]:
    """Packages that a requirements file names, without those that they depend on."""
    return set(re.findall(r"^([A-Za-z][\w.-]*)[=~>]=", read(ROOT / name), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", read(page))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_the_sections_of_the_template_in_order(page: Path) -> None:
    text = read(page)
    assert text.startswith(f"# {page.stem[:4]} ")
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == PARTS
    assert "change our mind" in text


def test_the_index_lists_every_decision_with_its_title() -> None:
    listed = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| ([^|]+) \|", read(INDEX), re.MULTILINE)
    titles = [read(page).splitlines()[0].removeprefix("# ") for page in DECISIONS]
    assert [f"{number} {title}" for number, _, title in listed] == titles
    assert [link for _, link, _ in listed] == [page.name for page in DECISIONS]


def test_decisions_are_numbered_in_turn() -> None:
    assert [int(page.stem[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_decisions_that_the_code_names_exist() -> None:
    named = {number for path in list_sources() for number in re.findall(r"docs/decisions/(\d{4})", read(path))}
    assert named and named <= {page.stem[:4] for page in DECISIONS}


def test_every_dependency_has_its_reason() -> None:
    page = next(page for page in DECISIONS if "dependencies" in page.stem)
    explained = set(re.findall(r"^\| `([^`]+)` \|", read(page), re.MULTILINE))
    assert explained == set[str]().union(*map(list_chosen, REQUIREMENTS))


def test_the_glossary_names_each_word_once() -> None:
    words = re.findall(r"^\| (?!Word|---)([^|]+) \|", read(ROOT / "GLOSSARY.md"), re.MULTILINE)
    assert len(words) == len(set(words)) > 0


def test_every_target_of_make_has_its_line_of_help() -> None:
    rules = re.findall(r"^([a-z-]+):(.*)$", read(ROOT / "Makefile"), re.MULTILINE)
    assert rules and [name for name, rest in rules if not re.search(r"## \S", rest)] == []


def test_commands_in_readme_are_targets() -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)", re.sub(r"\s+#.*", "", read(ROOT / "README.md"))))
    assert named <= set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
