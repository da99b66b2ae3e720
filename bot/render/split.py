"""Cuts Telegram HTML into messages of at most 4,096 UTF-16 units; open tags are closed and opened again at a cut."""

from __future__ import annotations

from html.parser import HTMLParser
from unicodedata import category

LIMIT = 4096
INVISIBLE = {"Cc", "Cf"}


def count_utf16(text: str) -> int:
    """Return the length of ``text`` in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


class _Splitter(HTMLParser):
    """Parses HTML and collects the messages in ``parts``, except the last, which is in ``html``."""

    def __init__(self, limit: int) -> None:
        super().__init__(convert_charrefs=False)
        self.limit = limit
        self.parts: list[str] = []
        self.html, self.units = "", 0
        self.open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = self.get_starttag_text() or f"<{tag}>"
        self.open.append((tag, source))
        self.html += source

    def handle_endtag(self, tag: str) -> None:
        self.html += f"</{tag}>"
        if self.open and self.open[-1][0] == tag:
            self.open.pop()

    def handle_entityref(self, name: str) -> None:
        self._add(f"&{name};", 1)

    def handle_charref(self, name: str) -> None:
        self._add(f"&#{name};", 2)

    def handle_data(self, data: str) -> None:
        for word in split_words(data, self.limit):
            self._add(word, count_utf16(word))

    def _add(self, source: str, units: int) -> None:
        if self.units + units > self.limit:
            self._cut()
        if not self.units:
            # A message of nothing that can be seen is refused.
            source = strip_invisible(source)
            units = count_utf16(source) if not source.startswith("&") else units
        if not source:
            return
        self.html += source
        self.units += units

    def _cut(self) -> None:
        closing = "".join(f"</{tag}>" for tag, _ in reversed(self.open))
        self.parts.append(self.html.rstrip() + closing)
        self.html, self.units = "".join(source for _, source in self.open), 0


def strip_invisible(text: str) -> str:
    """Return the text from its first character on that can be seen."""
    shown = (index for index, sign in enumerate(text) if not sign.isspace() and category(sign) not in INVISIBLE)
    return text[next(shown, len(text)) :]


def split_words(text: str, limit: int) -> list[str]:
    """Return ``text`` in pieces that end after white space; none is longer than half of ``limit`` in characters."""
    pieces: list[str] = []
    for line in text.splitlines(keepends=True):
        for word in line.replace(" ", " \0").split("\0"):
            pieces.extend(word[start : start + limit // 2] for start in range(0, len(word), limit // 2))
    return pieces


def split_html(text: str, limit: int = LIMIT) -> list[str]:
    """Return ``text`` in parts of at most ``limit`` UTF-16 units without tags, cut after lines or words if possible."""
    if count_utf16(text) <= limit:
        return [text]
    splitter = _Splitter(limit)
    splitter.feed(text)
    splitter.close()
    return [*splitter.parts, splitter.html] if splitter.units else splitter.parts
