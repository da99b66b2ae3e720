"""Parses a model's reply: the answer, and below it, by the number of their passage, the words it quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from processing.questions.generation.prompt import NO_ANSWER, QUOTES

CITED = re.compile(r"(?P<space>[ \t]?)\[(?P<numbers>\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
# Small models decorate the line: **QUOTES:**, ## Quotes
HEADING = re.compile(rf"^[\s#*_>-]*{QUOTES}[\s*_:]*$", re.MULTILINE | re.IGNORECASE)
LINE = re.compile(r"^[\s*•>-]*\[?(\d{1,3})[\]).:]+\s*(.+)$")
QUOTATION_MARKS = " \t\"'“”„«»‘’‚「」『』`*"
# Some models write down their reasoning before they answer.
THINKING = "<THINK>"
THOUGHT = re.compile(r"\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
REFUSAL = re.compile(rf"[\s*_\"'`]*{NO_ANSWER}[ \t*_\"'`.!]*(?:\n|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """A parsed reply. ``words`` are the words it quotes, by the number of their passage, counted from 1."""

    text: str
    words: dict[int, list[str]] = field(default_factory=dict)
    refused: bool = False

    def list_numbers(self) -> list[int]:
        """The passage numbers that the text cites, in its order, with repetitions."""
        return [int(number) for match in CITED.finditer(self.text) for number in re.findall(r"\d+", match["numbers"])]


def read_reply(written: str) -> Reply:
    """Parse a complete reply.

    Where the heading above the quoted words is missing, lines at the end that look like them are taken for them. A
    refusal with an explanation around it also counts as one, unless it cites a passage.
    """
    written = THOUGHT.sub("", written, count=1)
    if REFUSAL.match(written) or (NO_ANSWER in written and not CITED.search(written)):
        return Reply("", refused=True)
    body, lines = split_quotes(written)
    words: dict[int, list[str]] = {}
    for line in lines:
        if match := LINE.match(line):
            words.setdefault(int(match[1]), []).append(match[2].strip(QUOTATION_MARKS))
    return Reply(body.strip(), words)


def split_quotes(written: str) -> tuple[str, list[str]]:
    """The answer, and the lines with quoted words below it."""
    if match := HEADING.search(written):
        return written[: match.start()], written[match.end() :].splitlines()
    lines = written.rstrip().splitlines()
    start = len(lines)
    while start > 1 and is_quoted(lines[start - 1]):
        start -= 1
    return "\n".join(lines[:start]), lines[start:]


def is_quoted(line: str) -> bool:
    """Whether the line is a number and then only words in quotation marks."""
    match = LINE.match(line)
    return match is not None and match[2].strip()[:1] in '"“„«「' and match[2].strip()[-1:] in '"”“»」'


def read_so_far(written: str) -> str:
    """What may be shown of an incomplete reply: no quoted words, no refusal, and nothing that may become either."""
    written = THOUGHT.sub("", written, count=1)
    start = written.lstrip(" \n*_\"'`").upper()
    if NO_ANSWER.startswith(start) or THINKING.startswith(start) or REFUSAL.match(written):
        return ""
    body = HEADING.split(written, 1)[0]
    head, line_end, last = body.rpartition("\n")
    begun = last.strip(" #*_>-:").upper()
    return head.strip() if line_end and QUOTES.startswith(begun) else body.strip()
