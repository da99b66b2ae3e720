"""Takes the pictures of ``docs/pictures`` from the running product: ``python -m scripts.make_pictures``."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.screencast import Point, Screencast
from tests.browser import FIND_CENTRE, Browser, Tab, find_chromium, open_browser
from tests.driver import LoopThread, Person, Sandbox
from tests.stack import ROOT, Stack

FOLDER = ROOT / "docs" / "pictures"
SAMPLE = ROOT / "bot" / "samples" / "en.pdf"
SOURCE = ROOT / "scripts" / "samples" / "en.txt"
NAME, QUESTION = "Socrates.pdf", "What did the oracle at Delphi answer?"
PHONE, WIDE, STATUS, MOVING = (390, 844), (1200, 800), (1200, 580), (800, 640)
# Pixels of the picture for each pixel of the page. The picture of the phone is shown small, so it needs more of them.
PHONE_SCALE, WIDE_SCALE = 1.5, 1.0
# The sample text is repeated this often, so that its progress can be seen while the pictures are taken.
COPIES = 150
LARGEST_BYTES, LARGEST_ANIMATION_BYTES = 200_000, 2_000_000
LAST = "document.querySelector('#log .in:last-child')"
SHOW_QUESTION = "document.querySelector('#log .out:has(+ .in:last-child)').scrollIntoView({block: 'start'})"
HALF_DONE = rf"/\b[3-8]\d %/.test({LAST}?.innerText)"
SETTLE = "new Promise((done) => setTimeout(done, 500))"
# Acts as a file that is dragged over the page. `window.drag("drop")` drops it.
DRAG = """(name, content) => {
  window.dropped = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  window.dropped.items.add(new File([bytes], name, { type: "application/pdf" }));
  window.drag = (type) => document.querySelector("#chat").dispatchEvent(
    new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: window.dropped }));
  window.drag("dragenter");
}"""


def main() -> int:
    """Return 1 if there is no Chromium, otherwise 0."""
    program = find_chromium()
    if program is None:
        print("No pictures: Chromium is not installed.", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="socrate-pictures-", ignore_cleanup_errors=True) as folder,
        run_socrate(Path(folder)) as stack,
        open_window(program, Path(folder)) as browser,
    ):
        record_story(stack, browser)
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


def record_story(stack: Stack, browser: Browser) -> None:
    """Record the animation: a document is dropped and read, a question is asked, a citation shows its page."""
    bob = Sandbox(stack.sandbox_url).person("Bob")
    bob.say("/start")
    bob.wait_for("reads the documents")
    tab = browser.open(f"{stack.sandbox_url}/#{bob.id}", *MOVING)
    tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    tab.call("Emulation.setScrollbarsHidden", hidden=True)
    tab.call("Page.bringToFront")
    tab.wait_for_text("#log .in", "reads the documents")
    tab.evaluate(SETTLE)
    cast = Screencast(tab)
    record_upload(cast)
    record_question(cast)
    path = FOLDER / "socrate.gif"
    cast.save(path)
    check_size(path, LARGEST_ANIMATION_BYTES)
    print(f"{path.name}: {len(cast.frames)} frames, {sum(cast.milliseconds) / 1000:.1f} s")


def record_upload(cast: Screencast) -> None:
    cast.hold(900)
    content = base64.b64encode(SAMPLE.read_bytes()).decode()
    cast.tab.evaluate(f"({DRAG})({json.dumps(NAME)}, {json.dumps(content)})")
    cast.pointer, cast.carried = (MOVING[0] + 20.0, MOVING[1] / 4), "PDF"
    cast.move((MOVING[0] / 2, MOVING[1] / 2 + 30))
    cast.hold(500)
    cast.tab.evaluate("window.drag('drop')")
    cast.carried = ""
    cast.hide_pointer()
    cast.watch(f"{LAST}?.innerText.includes('{NAME} is ready')")
    cast.hold(1000)


def record_question(cast: Screencast) -> None:
    cast.type("#text", QUESTION)
    cast.tab.write("#text", "")
    cast.watch(f"{LAST}?.innerText.includes('p. 2')")
    cast.tab.evaluate(SHOW_QUESTION)
    cast.tab.evaluate(SETTLE)
    cast.hold(2200)
    cast.click(find_centre(cast.tab, ".keyboard button", "[1] p. 2"))
    cast.watch(f"!!{LAST}?.querySelector('.photo')?.complete")
    cast.tab.evaluate(SETTLE)
    cast.hold(800)
    cast.click(find_centre(cast.tab, ".photo-open", ""))
    cast.hide_pointer()
    cast.tab.evaluate(SETTLE)
    cast.hold(3200)


def find_centre(tab: Tab, selector: str, label: str) -> Point:
    """Scroll the last element of ``selector`` whose text contains ``label`` into view, and return its middle."""
    find = FIND_CENTRE.replace("element.innerText === label", "element.innerText.includes(label)")
    script = f"({find})({json.dumps(selector)}, {json.dumps(label)})"
    tab.wait_for(f"!!{script}")
    centre = tab.evaluate(script)
    return centre["x"], centre["y"]


def take_all(stack: Stack, browser: Browser) -> None:
    """Take all still pictures: an answer on a phone, then a long document that is being read, in two wide windows."""
    alice = Sandbox(stack.sandbox_url).person("Alice")
    ask_sample(alice)
    address = f"{stack.sandbox_url}/#{alice.id}"
    chat = browser.open(address, *PHONE)
    chat.wait_for_text("#log .in:last-child", "p. 2")
    chat.evaluate(SHOW_QUESTION)
    take(chat, PHONE, PHONE_SCALE, "chat.png")
    wide, status = browser.open(address, *WIDE), browser.open(stack.web_url, *STATUS)
    send_long_text(alice)
    wide.wait_for(HALF_DONE)
    take(status, STATUS, WIDE_SCALE, "status.png")
    take(wide, WIDE, WIDE_SCALE, "chat-wide.png")


def ask_sample(alice: Person) -> None:
    alice.say("/start")
    alice.wait_for("reads the documents")
    sent = alice.send_file(SAMPLE, NAME)
    alice.wait_for(f"{NAME} is ready", after=sent)
    asked = alice.say(QUESTION)
    alice.wait_for("p. 2", after=asked)


def send_long_text(alice: Person) -> None:
    text = SOURCE.read_text(encoding="utf-8")
    chapters = "\f".join(text.replace("# ", f"# {number}. ") for number in range(1, COPIES + 1))
    alice.send_file(chapters.encode(), "Conversations.md")


def take(tab: Tab, size: tuple[int, int], scale: float, name: str) -> None:
    """Write one PNG of the page at this width and height."""
    width, height = size
    tab.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)
    # Chromium does not draw a tab in the background.
    tab.call("Page.bringToFront")
    tab.call("Emulation.setScrollbarsHidden", hidden=True)
    tab.evaluate(SETTLE)
    path = FOLDER / name
    path.write_bytes(base64.b64decode(tab.call("Page.captureScreenshot", format="png")["data"]))
    check_size(path, LARGEST_BYTES)


def check_size(path: Path, largest: int) -> None:
    """Print the size. Raise ``AssertionError`` if the picture has more than ``largest`` bytes."""
    size = path.stat().st_size
    assert size <= largest, f"{path.name} has {size} bytes, more than {largest}"
    print(f"{path.name}: {size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
