"""Parses a model's reply: the answer, and the phrases below it that are quoted from the passages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from processing.questions.generation.prompt import NO_ANSWER, QUOTES

CITED = re.compile(r"(?P<space>[ \t]?)\[(?P<numbers>\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
# Small models decorate the line: **QUOTES:**, ## Quotes
HEADING = re.compile(rf"^[ \t#*_>-]{{0,20}}{QUOTES}[ \t*_:]{{0,20}}\r?$", re.MULTILINE | re.IGNORECASE)
LINE = re.compile(r"^[\s*•>-]*\[?(\d{1,3})[\]).:]+\s*(.+)$")
QUOTATION_MARKS = " \t\"'“”„«»‘’‚「」『』`*"
# Some models write down their reasoning before they answer.
THINKING = "<THINK>"
THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
# A model that writes so much white space in a row has lost its way.
BLANK = re.compile(r"\s{40,}")
REFUSAL = re.compile(rf"[\s*_\"'`]*{NO_ANSWER}[ \t*_\"'`.!]*(?:\n|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """A parsed reply. ``words`` holds the phrases that it quotes, by the number of the passage, counted from 1.

    ``refused`` is True if the model says that the passages do not answer the question.
    """

    text: str
    words: dict[int, list[str]] = field(default_factory=dict)
    refused: bool = False

    def list_numbers(self) -> list[int]:
        """Return the passage numbers that the text cites, in its order, with repetitions."""
        return [int(number) for match in CITED.finditer(self.text) for number in re.findall(r"\d+", match["numbers"])]


def read_reply(written: str) -> Reply:
    """Parse a complete reply.

    If the heading above the quoted phrases is missing, lines at the end that look like quoted phrases are taken for
    them. A refusal may have an explanation around it, but a reply that cites a passage is none.
    """
    written = clean(written)
    if REFUSAL.match(written) or (NO_ANSWER in written and not CITED.search(written)):
        return Reply("", refused=True)
    body, lines = split_quotes(written)
    words: dict[int, list[str]] = {}
    for line in lines:
        if match := LINE.match(line):
            words.setdefault(int(match[1]), []).append(match[2].strip(QUOTATION_MARKS))
    return Reply(body.strip(), words)


def clean(written: str) -> str:
    """Return the reply without the model's reasoning and without long runs of white space."""
    return BLANK.sub("\n\n", THOUGHT.sub("", written, count=1))


def split_quotes(written: str) -> tuple[str, list[str]]:
    """Return the answer, and the lines with quoted phrases below it."""
    if match := HEADING.search(written):
        return written[: match.start()], written[match.end() :].splitlines()
    lines = written.rstrip().splitlines()
    start = len(lines)
    while start > 1 and is_quoted(lines[start - 1]):
        start -= 1
    return "\n".join(lines[:start]), lines[start:]


def is_quoted(line: str) -> bool:
    """Return whether the line is a number and then only words in quotation marks."""
    match = LINE.match(line)
    return match is not None and match[2].strip()[:1] in '"“„«「' and match[2].strip()[-1:] in '"”“»」'


def read_so_far(written: str) -> str:
    """Return the part of an incomplete reply that can be shown already.

    Quoted phrases and refusals are left out, and so is the last line while it may become one of them.
    """
    written = clean(written)
    start = written.lstrip(" \n*_\"'`").upper()
    if NO_ANSWER.startswith(start) or THINKING.startswith(start) or REFUSAL.match(written):
        return ""
    body = HEADING.split(written, 1)[0]
    head, line_end, last = body.rpartition("\n")
    begun = last.strip(" #*_>-:").upper()
    return head.strip() if line_end and QUOTES.startswith(begun) else body.strip()
