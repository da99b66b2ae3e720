"""Runs a scripted chat with Socrate and shows it in the terminal: ``python -m scripts.demo``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from scripts.terminal import Terminal

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "bot" / "samples" / "en.pdf"
START_SECONDS = 120.0
ANSWER_SECONDS = 120.0
STOP_SECONDS = 30.0
PAUSE_SECONDS = 0.1
# Settings of the caller, in the environment or in .env, are not passed on.
KEPT_VARIABLES = {"PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"}
Message = dict[str, Any]


class DemoFailed(Exception):
    """The demonstration cannot go on. The message is a sentence for the person who runs it."""


def main() -> int:
    """Return 0 if the demonstration succeeded, 1 if it failed, 130 if it was interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    terminal = Terminal(sys.stdout)
    try:
        with tempfile.TemporaryDirectory(prefix="socrate-demo-") as folder, run_socrate(Path(folder), terminal) as url:
            tell_story(Chat(url, terminal))
    except DemoFailed as failure:
        print(f"\nThe demonstration failed: {failure}", file=sys.stderr)
        return 1
    except httpx.HTTPError as error:
        print(f"\nThe demonstration failed: the sandbox did not answer ({type(error).__name__}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    terminal.note("The demonstration is over. Socrate is stopped, and nothing is kept.")
    return 0


def tell_story(chat: Chat) -> None:
    """Greet, send a document, ask twice, list, delete. Raise ``DemoFailed`` if an answer does not come."""
    terminal = chat.terminal
    terminal.note("Alice opens the chat.")
    chat.say("/start")
    chat.wait_for("reads the documents")
    terminal.note("She sends a document. Socrate answers with one message and keeps changing it.")
    chat.send("Socrates.pdf", SAMPLE.read_bytes())
    chat.wait_for("is ready")
    terminal.note("She asks. Every answer names its page.")
    chat.say("What did the oracle at Delphi answer?")
    chat.wait_for("p. 2")
    chat.say("How many judges did the court have?")
    chat.wait_for("p. 4")
    terminal.note("She lists her documents and deletes the one there is.")
    chat.say("/docs")
    chat.tap(chat.wait_for("Your document"), "1")
    chat.tap(chat.wait_for("PDF"), "Delete")
    chat.tap(chat.wait_for("cannot be undone"), "Yes, delete it")
    chat.wait_for("is deleted")
    chat.say("/docs")
    chat.wait_for("no documents yet")


class Chat:
    """Acts as Alice in the sandbox, and shows every event of her chat in the terminal."""

    def __init__(self, url: str, terminal: Terminal) -> None:
        self.terminal = terminal
        self.http = httpx.Client(base_url=url, timeout=30)
        person = self._post("/sandbox/people", json={"first_name": "Alice", "language_code": "en"})
        self.path = f"/sandbox/people/{person['id']}"
        self._seen, self._acted = 0, 0

    def say(self, text: str) -> None:
        self._send(json={"text": text})

    def send(self, name: str, content: bytes) -> None:
        self._send(files={"file": (name, content, "application/pdf")})

    def tap(self, message: Message, label: str) -> None:
        """Tap the button with this label. Raise ``DemoFailed`` if the message has no such button."""
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        data = next((button["callback_data"] for row in rows for button in row if button["text"] == label), None)
        if data is None:
            raise DemoFailed(f"there is no button “{label}”.")
        self.terminal.show_tap(label)
        self._acted = self._seen
        self._post(f"{self.path}/taps", json={"message_id": message["message_id"], "data": data})

    def wait_for(self, words: str) -> Message:
        """Show events until Socrate writes ``words`` after Alice's last action, and return that message.

        Raise ``DemoFailed`` after ``ANSWER_SECONDS``.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            for event in self._show_new_events():
                message: Message = event.get("message", {})
                if not message.get("out") and words in message.get("text", "") and event["seq"] > self._acted:
                    return message
            time.sleep(PAUSE_SECONDS)
        raise DemoFailed(f"Socrate did not say “{words}” within {ANSWER_SECONDS:.0f} seconds.")

    def _show_new_events(self) -> Iterator[dict[str, Any]]:
        """Show each event since the last call, then yield it."""
        response = self.http.get(f"{self.path}/transcript", params={"since": self._seen}).raise_for_status()
        for event in response.json():
            self._seen = event["seq"]
            self.terminal.show(event)
            yield event

    def _send(self, **content: Any) -> None:
        self._acted = self._seen
        self._post(f"{self.path}/messages", **content)

    def _post(self, path: str, **content: Any) -> dict[str, Any]:
        return dict(self.http.post(path, **content).raise_for_status().json())


@contextmanager
def run_socrate(folder: Path, terminal: Terminal) -> Iterator[str]:
    """Run Socrate with the sandbox and a worker on free ports, with its data in ``folder``. Yield the sandbox's URL."""
    port, sandbox_port = find_free_port(), find_free_port()
    url, log = f"http://127.0.0.1:{sandbox_port}", folder / "log"
    terminal.note("Socrate starts, with the sandbox: a stand-in for Telegram on this machine…")
    kept = {name: value for name, value in os.environ.items() if name in KEPT_VARIABLES}
    ours = {"DATA_DIR": str(folder / "data"), "PORT": str(port), "SANDBOX_PORT": str(sandbox_port)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), "--sandbox"],
            cwd=folder,
            env=kept | ours,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            wait_healthy(f"http://127.0.0.1:{port}/api/health", process, log)
            yield url
        finally:
            stop(process)


def wait_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def is_healthy() -> bool:
        try:
            return httpx.get(address, timeout=10).is_success
        except httpx.HTTPError:
            return False

    if not wait_until(is_healthy, START_SECONDS, lambda: process.poll() is None):
        end = log.read_text(errors="replace")[-2000:]
        raise DemoFailed(f"Socrate did not start. The end of its log:\n{end}")


def wait_until(check: Callable[[], bool], seconds: float, goes_on: Callable[[], bool]) -> bool:
    """Return whether ``check`` becomes true within ``seconds``. Return False as soon as ``goes_on`` is false."""
    deadline = time.monotonic() + seconds
    while goes_on() and time.monotonic() < deadline:
        if check():
            return True
        time.sleep(PAUSE_SECONDS)
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
