"""Takes the pictures of ``docs/pictures`` from the living product: ``python -m scripts.make_pictures``."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser import Browser, Tab, find_chromium, open_browser
from tests.driver import LoopThread, Person, Sandbox
from tests.stack import ROOT, Stack

FOLDER = ROOT / "docs" / "pictures"
SAMPLE = ROOT / "bot" / "samples" / "en.pdf"
SOURCE = ROOT / "scripts" / "samples" / "en.txt"
PHONE, DESK, STATUS = (390, 844), (1200, 800), (1200, 580)
# Dots a pixel of the page: as sharp as the picture is wide enough for.
PHONE_DOTS, DESK_DOTS = 1.5, 1.0
# Long enough for its progress to be seen while the pictures are taken.
COPIES = 150
LARGEST_BYTES = 200_000
SHOW_QUESTION = "document.querySelector('#log .out:has(+ .in:last-child)').scrollIntoView({block: 'start'})"
HALF_DONE = r"/\b[3-8]\d %/.test(document.querySelector('#log .in:last-child')?.innerText)"
SETTLE = "new Promise((done) => setTimeout(done, 500))"


def main() -> int:
    program = find_chromium()
    if program is None:
        print("No pictures: there is no Chromium here.", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="socrate-pictures-", ignore_cleanup_errors=True) as folder,
        run_socrate(Path(folder)) as stack,
        open_window(program, Path(folder)) as browser,
    ):
        take_all(stack, browser)
    return 0


@contextmanager
def run_socrate(folder: Path) -> Iterator[Stack]:
    stack = Stack(folder)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@contextmanager
def open_window(program: str, folder: Path) -> Iterator[Browser]:
    with closing(LoopThread()) as loop, open_browser(program, folder, loop) as browser:
        yield browser


def take_all(stack: Stack, browser: Browser) -> None:
    """A document is ready and asked; a longer one is under way on the desk and on the status page."""
    alice = Sandbox(stack.sandbox_url).person("Alice")
    ask_sample(alice)
    address = f"{stack.sandbox_url}/#{alice.id}"
    chat = browser.open(address, *PHONE)
    chat.wait_for_text("#log .in:last-child", "p. 2")
    chat.evaluate(SHOW_QUESTION)
    take(chat, PHONE, PHONE_DOTS, "chat.png")
    bot_context, status = browser.open(address, *DESK), browser.open(stack.web_url, *STATUS)
    send_long_text(alice)
    bot_context.wait_for(HALF_DONE)
    take(status, STATUS, DESK_DOTS, "status.png")
    take(bot_context, DESK, DESK_DOTS, "chat-desk.png")


def ask_sample(alice: Person) -> None:
    alice.say("/start")
    alice.wait_for("reads the documents")
    sent = alice.send_file(SAMPLE, "Socrates.pdf")
    alice.wait_for("Socrates.pdf is ready", after=sent)
    asked = alice.say("What did the oracle at Delphi answer?")
    alice.wait_for("p. 2", after=asked)


def send_long_text(alice: Person) -> None:
    text = SOURCE.read_text(encoding="utf-8")
    chapters = "\f".join(text.replace("# ", f"# {number}. ") for number in range(1, COPIES + 1))
    alice.send_file(chapters.encode(), "Conversations.md")


def take(tab: Tab, size: tuple[int, int], dots: float, name: str) -> None:
    """One picture; ``AssertionError`` where it is too large to be kept beside the code."""
    width, height = size
    tab.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=dots, mobile=False)
    # A tab behind another is not drawn.
    tab.call("Page.bringToFront")
    tab.call("Emulation.setScrollbarsHidden", hidden=True)
    tab.evaluate(SETTLE)
    picture = base64.b64decode(tab.call("Page.captureScreenshot", format="png")["data"])
    assert len(picture) <= LARGEST_BYTES, f"{name} has {len(picture)} bytes"
    (FOLDER / name).write_bytes(picture)
    print(f"{name}: {len(picture) // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
