"""Invented words and books; each sentence identifies the page that it stands on."""

from __future__ import annotations

from tests.driver import Message, read

READY_SECONDS = 300.0
ANSWER_SECONDS = 120.0
# How an answer begins that says that the documents do not answer: with passages that come close, or without.
REFUSALS = ("No clear answer", "I found nothing about this")
ONSETS = (
    "Bal",
    "Cor",
    "Dam",
    "Fen",
    "Gol",
    "Har",
    "Jas",
    "Kel",
    "Lom",
    "Mar",
    "Nor",
    "Pel",
    "Quin",
    "Ros",
    "Sul",
    "Tor",
)
ENDS = ("adora", "ebury", "igrad", "omere", "uvale", "yholm")
QUIET = (
    "The road along the coast was quiet that year, and the ferries came twice a week with flour, lamp oil and letters. "
    "In winter the harbours froze, and people mended nets and told each other what their grandparents had told them. "
    "In spring the first boats went out before dawn, and the bells were rung for those who had not come back."
)


def make_town(number: int) -> str:
    """The name of a town; no two numbers below 96 have the same."""
    return ONSETS[number % len(ONSETS)] + ENDS[number // len(ONSETS) % len(ENDS)]


def make_book(pages: int) -> list[str]:
    """The pages of a book; each names the keeper of one lighthouse."""
    return [
        f"{QUIET} The lighthouse of {make_town(page)} is kept by an old sailor named {make_town(page + 7).lower()}son."
        f" {QUIET}"
        for page in range(1, pages + 1)
    ]


def is_refusal(message: Message) -> bool:
    return read(message).startswith(REFUSALS)


def make_long_text(passages: int) -> bytes:
    """A text that keeps a worker busy: about ``passages`` passages, no two alike."""
    return "\n\n".join(
        f"Entry {number}: the tower of {make_town(number)}. {QUIET} {QUIET}" for number in range(passages)
    ).encode()
