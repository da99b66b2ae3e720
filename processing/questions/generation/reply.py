"""Takes a model's reply apart: the answer, and below it the words it relies on by number."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from processing.questions.generation.prompt import NO_ANSWER, QUOTES

CITED = re.compile(r"(?P<space>[ \t]?)\[(?P<numbers>\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
# Small models decorate the line: **QUOTES:**, ## Quotes
TAIL = re.compile(rf"^[\s#*_>-]*{QUOTES}[\s*_:]*$", re.MULTILINE | re.IGNORECASE)
LINE = re.compile(r"^[\s*•>-]*\[?(\d{1,3})[\]).:]+\s*(.+)$")
MARKS = " \t\"'“”„«»‘’‚「」『』`*"
# Some reason aloud before they answer.
THINKING = "<THINK>"
THOUGHT = re.compile(r"\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
REFUSAL = re.compile(rf"[\s*_\"'`]*{NO_ANSWER}[ \t*_\"'`.!]*(?:\n|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model wrote; ``words`` are those it relies on, by the number of their passage."""

    text: str
    words: dict[int, list[str]] = field(default_factory=dict)
    refused: bool = False

    def list_numbers(self) -> list[int]:
        """The numbers in the text, in its order."""
        return [int(number) for match in CITED.finditer(self.text) for number in re.findall(r"\d+", match["numbers"])]


def read_reply(written: str) -> Reply:
    """The whole reply; where the heading of the tail is missing, lines of its shape at the end are taken for it.

    A refusal is one with an explanation around it, too, as long as no passage is named.
    """
    written = THOUGHT.sub("", written, count=1)
    if REFUSAL.match(written) or (NO_ANSWER in written and not CITED.search(written)):
        return Reply("", refused=True)
    body, tail = split_tail(written)
    words: dict[int, list[str]] = {}
    for line in tail:
        if match := LINE.match(line):
            words.setdefault(int(match[1]), []).append(match[2].strip(MARKS))
    return Reply(body.strip(), words)


def split_tail(written: str) -> tuple[str, list[str]]:
    if match := TAIL.search(written):
        return written[: match.start()], written[match.end() :].splitlines()
    lines = written.rstrip().splitlines()
    start = len(lines)
    while start > 1 and is_quoted(lines[start - 1]):
        start -= 1
    return "\n".join(lines[:start]), lines[start:]


def is_quoted(line: str) -> bool:
    """A number, then nothing but words in quotation marks."""
    match = LINE.match(line)
    return match is not None and match[2].strip()[:1] in '"“„«「' and match[2].strip()[-1:] in '"”“»」'


def read_so_far(written: str) -> str:
    """What may be shown of a reply that still grows: no tail, not the beginning of one, no refusal."""
    written = THOUGHT.sub("", written, count=1)
    start = written.lstrip(" \n*_\"'`").upper()
    if NO_ANSWER.startswith(start) or THINKING.startswith(start) or REFUSAL.match(written):
        return ""
    body = TAIL.split(written, 1)[0]
    head, line_end, last = body.rpartition("\n")
    begun = last.strip(" #*_>-:").upper()
    return head.strip() if line_end and QUOTES.startswith(begun) else body.strip()
