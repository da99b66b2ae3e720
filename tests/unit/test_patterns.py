"""No text, however it repeats itself, keeps a regular expression busy for long."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from processing.questions.intent import find_small_talk, is_overview
from tests.unit.test_house_rules import list_sources

# Fragments of the patterns themselves, and what repeats in hostile texts.
PUMPS = (
    "a",
    "1",
    " ",
    "\n",
    "\t",
    ".",
    ",",
    "-",
    "*",
    "_",
    "[",
    "(",
    "<",
    '"',
    "\\",
    "§",
    "第",
    "a ",
    "1.",
    ". ",
    "a.1",
)
REPEATED, MOST_FRAGMENTS, SECONDS = 1500, 12, 100.0
TRIAL = """
import importlib, re, sys, regex
module, pumps = importlib.import_module(sys.argv[1]), eval(sys.argv[2])
repeated, most = int(sys.argv[3]), int(sys.argv[4])
for name, pattern in list(vars(module).items()):
    if isinstance(pattern, (re.Pattern, regex.Pattern)):
        raw = isinstance(pattern.pattern, bytes)
        source = pattern.pattern.decode("latin-1") if raw else pattern.pattern
        words = [word for word in dict.fromkeys(regex.findall(r"[\\p{L}]{2,}(?: [\\p{L}]{2,})*", source))][:most]
        for pump in (*pumps, *words, *(word + " " for word in words), " ".join(words) + " "):
            for text in (pump * (repeated // len(pump)) + end for end in ("", "x", "\\n!")):
                given = text.encode() if raw else text
                print(name, repr(pump), flush=True)
                pattern.fullmatch(given), pattern.match(given), pattern.search(given)
"""


def list_modules() -> list[str]:
    """The modules of the product that compile patterns."""
    own = ("bot/", "processing/", "storage/", "db/")
    return [
        source.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for source in list_sources()
        if source.path.startswith(own)
        and source.path.endswith(".py")
        and re.search(r"re(gex)?\.compile\(", source.text)
    ]


@pytest.mark.parametrize("module", list_modules())
def test_no_pattern_is_kept_busy(module: str) -> None:
    arguments = [sys.executable, "-c", TRIAL, module, repr(PUMPS), str(REPEATED), str(MOST_FRAGMENTS)]
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as ended:
        lines = (ended.stdout or b"").decode().splitlines()
        pytest.fail(f"{module} is busy with {lines[-1] if lines else 'its import'}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words", ["спасибо большое спасибо ", "ok okay ", "thanks a lot thanks ", "hi hello ", "good "]
)
def test_long_small_talk_is_decided_at_once(words: str) -> None:
    text = words * (4096 // len(words)) + "x"
    assert find_small_talk(text) is None and not is_overview(text)
