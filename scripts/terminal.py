"""Prints a chat to a terminal: one block for each message and edit, quotes behind a bar."""

from __future__ import annotations

import shutil
import textwrap
import time
from collections.abc import Sequence
from typing import Any, TextIO

WIDEST = 96
NARROWEST = 48
MARGIN = 20
DIM, BOLD, BLUE, GREEN, PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[34m", "\x1b[32m", "\x1b[0m"


class Terminal:
    """Writes to ``out``, in colour if it is a terminal."""

    def __init__(self, out: TextIO) -> None:
        self.out, self.colours = out, out.isatty()
        self.width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size((88, 24)).columns)) - MARGIN
        self._began = time.time()

    def note(self, text: str) -> None:
        """Print a sentence that tells what happens, apart from the chat."""
        lines = textwrap.wrap(text, self.width + MARGIN - 2)
        self._write("\n" + "\n".join(self._paint(f"  {line}", BOLD) for line in lines) + "\n\n")

    def show(self, event: dict[str, Any]) -> None:
        """Print one event of the sandbox's transcript; events without a message are skipped."""
        message = event.get("message")
        if message is None:
            return
        edited, own = event["kind"] == "edit", message["out"]
        author = "edits" if edited else message["from"]["first_name"]
        colour = DIM if edited else BLUE if own else GREEN
        self._show_block(event["at"], author, colour, [*self._list_lines(message), *list_rows(message)])

    def show_tap(self, label: str) -> None:
        self._show_block(time.time(), "Alice", BLUE, [f"taps [ {label} ]"])

    def _show_block(self, at: float, author: str, colour: str, lines: Sequence[str]) -> None:
        minutes, seconds = divmod(max(0.0, at - self._began), 60)
        head = f"{minutes:3.0f}:{seconds:04.1f}  {author:<8.8}  "
        heads = [self._paint(head, colour), *[" " * MARGIN] * (len(lines) - 1)]
        self._write("".join(f"{head}{line}".rstrip() + "\n" for head, line in zip(heads, lines, strict=True)))

    def _list_lines(self, message: dict[str, Any]) -> list[str]:
        if "document" in message:
            size = message["document"]["file_size"] / 1000
            return [f"sends {message['document'].get('file_name', 'a file')} ({size:.0f} kB)"]
        lines: list[str] = []
        for text, quoted in split_quotes(message.get("text", ""), message.get("entities", [])):
            bar = "│ " if quoted else ""
            for line in text.strip("\n").split("\n"):
                lines += textwrap.wrap(line, self.width, initial_indent=bar, subsequent_indent=bar) or [bar]
        return lines

    def _paint(self, text: str, colour: str) -> str:
        return f"{colour}{text}{PLAIN}" if self.colours else text

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


def split_quotes(text: str, entities: Sequence[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Return the text in parts, each with True if it is a quote. Entities count UTF-16 code units."""
    encoded, done, parts = text.encode("utf-16-le"), 0, []
    for entity in entities:
        if entity["type"] in {"blockquote", "expandable_blockquote"}:
            start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
            parts += [(encoded[done:start], False), (encoded[start:end], True)]
            done = end
    parts.append((encoded[done:], False))
    return [(part.decode("utf-16-le"), quoted) for part, quoted in parts if part.strip()]


def list_rows(message: dict[str, Any]) -> list[str]:
    """Return the buttons of a message, one line for each row."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return ["  ".join(f"[ {button['text']} ]" for button in row) for row in rows]
