"""Cleans text: one Unicode normal form, lines joined to paragraphs, hyphenated words joined."""

from __future__ import annotations

import re
import unicodedata

LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufeff]")
SOFT_HYPHEN = "\u00ad"
# PDFium gives U+0002 where a word was hyphenated at the end of a line.
BROKEN_WORD = re.compile(r"(\w)[\x02\u00ad]\s*\n?\s*(?=\w)")
HYPHEN_AT_END = re.compile(r"([^\W\d_]{2,})-\n(?=[^\W\d_])(\w)")
BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
# Rows of dots in a table of contents would fill whole passages and mean nothing.
LEADERS = re.compile(r"(?:[ \t]?\.){5,}")
ITEM = re.compile(r"[•–—◦▪‣]|\d{1,3}[.)]\s|[a-z]\)\s|\d{1,3}(?:\.\d{1,3})+\.?\s")
# The end of a line in a table of contents, once its dots are replaced.
CONTENTS_LINE = re.compile(r"…\s\S{1,6}$")
SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
# Chinese, Japanese, Thai, Lao, Burmese, Khmer, with their punctuation and full-width forms.
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
# A line shorter than this share of the longest line may be the last of its paragraph.
SHORT_LINE = 0.75
# Plain text is usually wrapped at a width, in characters, between these two.
NARROWEST, WIDEST = 45, 110
# Starts of lines of lists, headings, tables and code. A block with such a line after its first is not joined.
OWN_LINE = re.compile(r"[-*+|#>`~<{}\[•–—◦▪‣]|\d{1,3}[.)]\s")
SENTENCE_END = re.compile(r"[.!?…:;。！？؟।][\"'»”’)\]]*$")


def normalise(text: str) -> str:
    """Return the text in NFC with Unix line ends, without soft hyphens and control characters but tabs."""
    text = CONTROL.sub("", LINE_ENDS.sub("\n", text)).replace(SOFT_HYPHEN, "")
    return unicodedata.normalize("NFC", text)


def repair_page(text: str) -> str:
    """Return the text of a PDF page with broken words joined, and lines joined to paragraphs, one a line."""
    text = normalise(BROKEN_WORD.sub(r"\1", LINE_ENDS.sub("\n", text)))
    text = LEADERS.sub(" …", HYPHEN_AT_END.sub(join_hyphen, text))
    return "\n\n".join(filter(None, (join_lines(block) for block in BLANK.split(text))))


def join_hyphen(match: re.Match[str]) -> str:
    """Join ``compu-\\nter`` to one word; ``Anglo-\\nSaxon`` keeps its hyphen."""
    return match[1] + ("" if match[2].islower() else "-") + match[2]


def join_lines(block: str) -> str:
    """Return the lines of a block joined to paragraphs, one a line; ``is_break`` says where one begins."""
    lines = [SPACES.sub(" ", line).strip() for line in block.split("\n")]
    lines = [line for line in lines if line]
    if not lines:
        return ""
    longest = max(len(line) for line in lines)
    joined = lines[0]
    for before, line in zip(lines, lines[1:], strict=False):
        joined += ("\n" if is_break(before, line, longest) else choose_joint(before, line)) + line
    return joined


def choose_joint(before: str, line: str) -> str:
    """Return what to put between two joined lines: a space, or nothing in a script without spaces between words."""
    return "" if UNSPACED.match(before[-1]) and UNSPACED.match(line[0]) else " "


def is_break(before: str, line: str, longest: int) -> bool:
    """Return whether ``line`` begins a new paragraph.

    It does if it is a list item, if it follows a line of a table of contents, or if the line before is short and either
    ends a sentence or ``line`` begins with a capital or a digit.
    """
    if ITEM.match(line) or CONTENTS_LINE.search(before):
        return True
    short = len(before) < SHORT_LINE * longest
    return short and (bool(SENTENCE_END.search(before)) or line[:1].isupper() or line[:1].isdigit())


def fold_spaces(text: str) -> str:
    """Normalise the text, with single spaces and at most one blank line in a row."""
    lines = (SPACES.sub(" ", line).strip() for line in normalise(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def fold_blanks(text: str) -> str:
    """Normalise the text, with single spaces, no blank lines, and one tab between the cells of a table row."""
    lines = (SPACES.sub(fold_run, line).strip() for line in normalise(text).split("\n"))
    return "\n".join(line for line in lines if line)


def fold_run(match: re.Match[str]) -> str:
    return "\t" if "\t" in match[0] else " "


def join_wrapped(text: str) -> str:
    """Join the lines of paragraphs that were wrapped at a fixed width; lists, verse, tables, code keep their lines."""
    return "\n\n".join(
        join_flow(lines) if is_wrapped(lines) else "\n".join(lines)
        for lines in (block.split("\n") for block in text.split("\n\n"))
    )


def is_wrapped(lines: list[str]) -> bool:
    """Return whether all lines but the last are of one usual width, and none after the first is of a list or code."""
    full = [len(line) for line in lines[:-1]]
    if not full or min(full) < NARROWEST or max(map(len, lines)) > WIDEST or min(full) < SHORT_LINE * max(full):
        return False
    return not any(OWN_LINE.match(line) or line.endswith(("{", "}", "|", "\\")) for line in lines[1:])


def join_flow(lines: list[str]) -> str:
    joined = lines[0]
    for line in lines[1:]:
        joined += choose_joint(joined, line) + line
    return joined
