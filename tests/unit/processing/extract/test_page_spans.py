"""Passages of PDFs name the right pages, whatever the pages look like; checked on PDFs of known random text."""

from __future__ import annotations

import random
import re

import pytest

from processing.chunking.passages import cut_passages
from processing.embedding.e5 import E5Embedder
from tests.documents import make_pdf
from tests.unit.processing.archive.samples import get_embedder
from tests.unit.processing.extract.conftest import Read

KEY = re.compile(r"K(\d+)x\d+")
# The first running footer stays in the text, and counts for its page.
HOME = re.compile(r"K(\d+)x\d+|walruses, page (\d+)")
WORDS = "walrus ice clam shore dive tusk herd float rest haul water cold wind stone moss gull seal deep".split()
BROKEN = "remark-\nable"
FOOT = "The handbook of walruses, page #"


def make_sentence(dice: random.Random, key: str) -> str:
    words = dice.choices(WORDS, k=dice.randint(4, 30))
    words.insert(dice.randrange(len(words)), key)
    if dice.random() < 0.2:
        words.insert(1, BROKEN)
    text = " ".join(words)
    return text[:1].upper() + text[1:] + "."


def make_pages(seed: int) -> list[str]:
    """Return pages of few to many sentences; some begin with a heading, some end in the middle of a sentence."""
    dice = random.Random(seed)
    pages: list[str] = []
    carried = ""
    for number in range(1, 15):
        sentences = [make_sentence(dice, f"K{number}x{place}") for place in range(dice.choice([1, 3, 8, 16]))]
        heading = f"Chapter {number}\n" if dice.random() < 0.3 and not carried else ""
        text = heading + carried + " ".join(sentences)
        carried = ""
        if dice.random() < 0.4:
            text += f" And then the K{number}x99 herd"
            carried = f"swims on to K{number + 1}x98. "
        pages.append(text)
    return [*pages, carried + "The end of K15x0."]


@pytest.fixture
def embedder() -> E5Embedder:
    return get_embedder()


@pytest.mark.parametrize("footer", ["", FOOT], ids=["plain", "with_footers"])
@pytest.mark.parametrize("seed", range(4))
def test_every_passage_names_the_pages_that_it_is_on(read: Read, embedder: E5Embedder, seed: int, footer: str) -> None:
    sent = make_pages(seed)
    _, pages = read("known.pdf", make_pdf(sent, footer=footer))
    passages = list(cut_passages(pages, embedder.count_tokens, embedder.max_tokens))
    assert [passage.index for passage in passages] == list(range(len(passages)))
    for passage in passages:
        homes = [int(match[1] or match[2]) for match in HOME.finditer(passage.text)]
        assert homes, passage
        assert (passage.first_page, passage.last_page) == (homes[0], homes[-1]) == (min(homes), max(homes)), passage
        assert embedder.count_tokens(passage.text) <= embedder.max_tokens
    whole = " ".join(passage.text for passage in passages)
    wanted = [match[0] for page in sent for match in KEY.finditer(page)]
    assert [match[0] for match in KEY.finditer(whole)] == wanted
    assert "remark-" not in whole and whole.count("remarkable") + whole.count("Remarkable") == sum(
        page.count(BROKEN) for page in sent
    )
    # On a page of few lines a repeated one may be content; from the others the footer is removed but once.
    long = [number for number, page in enumerate(sent, start=1) if page.count(".") >= 8]
    assert sum(f"walruses, page {number} " in f"{whole} " for number in long) <= 1
