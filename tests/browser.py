"""Drives a headless Chromium over the Chrome DevTools Protocol."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.driver import LoopThread

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0")
ADDRESS = re.compile(r"DevTools listening on ws://([\d.:]+)/")
SECONDS = 90.0
PAUSE_SECONDS = 0.1
FIND_CENTRE = """(selector, label) => {
  const found = [...document.querySelectorAll(selector)].findLast((element) => element.innerText === label);
  found?.scrollIntoView({ block: "center", behavior: "instant" });
  const box = found?.getBoundingClientRect();
  const centre = box && { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  return centre && found.contains(document.elementFromPoint(centre.x, centre.y)) ? centre : null;
}"""


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser(program: str, folder: Path, loop: LoopThread) -> Iterator[Browser]:
    """A browser with an empty profile in ``folder``; it is closed on exit."""
    arguments = [program, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=log)
    browser = Browser(loop, "")
    try:
        browser.address = wait_for_address(folder / "chromium.log", process)
        yield browser
    finally:
        for tab in browser.tabs:
            loop.run(tab.close())
        process.terminate()
        process.wait(SECONDS)


def wait_for_address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := ADDRESS.search(log.read_text(errors="replace")):
            return found[1]
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"the browser did not start\n{log.read_text(errors='replace')[-2000:]}")


@dataclass
class Browser:
    loop: LoopThread
    address: str
    tabs: list[Tab] = field(default_factory=list)

    def open(self, url: str, width: int, height: int) -> Tab:
        tab = Tab(self.loop)
        self.tabs.append(tab)
        self.loop.run(tab.connect(self.address))
        tab.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        tab.call("Page.navigate", url=url)
        tab.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")
        return tab


class Tab:
    """One page. ``errors`` are those of its console, as JSON."""

    def __init__(self, loop: LoopThread) -> None:
        self.loop = loop
        self.errors: list[str] = []
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def connect(self, address: str) -> None:
        self._session = aiohttp.ClientSession()
        async with self._session.put(f"http://{address}/json/new?about:blank") as response:
            target = await response.json()
        self._socket = await self._session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0)
        self._reading = asyncio.create_task(self._read())
        for domain in ("Page", "Runtime", "Log", "DOM"):
            await self._ask(f"{domain}.enable", {})

    async def close(self) -> None:
        await self._socket.close()
        await self._reading
        await self._session.close()

    async def _read(self) -> None:
        async for frame in self._socket:
            received = json.loads(frame.data)
            if "id" in received:
                self._waiting.pop(received["id"]).set_result(received)
            elif is_console_error(received):
                self.errors.append(json.dumps(received["params"]))

    async def _ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await self._waiting[number]
        assert "error" not in answer, f"{method}: {answer['error']}"
        return dict(answer["result"])

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.loop.run(self._ask(method, parameters), SECONDS)

    def evaluate(self, script: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, f"{script}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until ``script`` gives a true value; an ``AssertionError`` shows the page's text where it does not."""
        deadline = time.monotonic() + SECONDS
        while not self.evaluate(script):
            if time.monotonic() > deadline:
                raise AssertionError(f"{script} did not come true\n{self.evaluate('document.body.innerText')}")
            time.sleep(PAUSE_SECONDS)

    def wait_for_text(self, selector: str, text: str) -> None:
        self.wait_for(f"document.querySelector({json.dumps(selector)})?.innerText.includes({json.dumps(text)})")

    def write(self, selector: str, text: str) -> None:
        """Type ``text`` into a field and press Enter."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        self.call("Input.dispatchKeyEvent", type="keyDown", text="\r", **key)
        self.call("Input.dispatchKeyEvent", type="keyUp", **key)

    def press(self, selector: str, label: str) -> None:
        """Click the last element of ``selector`` with the text ``label``, as soon as it is visible and not covered."""
        find = f"({FIND_CENTRE})({json.dumps(selector)}, {json.dumps(label)})"
        self.wait_for(f"!!{find}")
        centre = self.evaluate(find)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **centre)

    def choose_file(self, selector: str, file: Path) -> None:
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def check_fits(self) -> None:
        """An ``AssertionError`` lists the elements that are wider than the window."""
        wide = self.evaluate(
            "[...document.querySelectorAll('body *')].filter((element) => element.checkVisibility()"
            " && element.getBoundingClientRect().right > innerWidth + 1)"
            ".map((element) => element.outerHTML.slice(0, 90))"
        )
        assert wide == [] and self.evaluate("document.documentElement.scrollWidth <= innerWidth"), wide


def is_console_error(event: dict[str, Any]) -> bool:
    method, parameters = event["method"], event["params"]
    if method == "Log.entryAdded":
        return bool(parameters["entry"]["level"] == "error")
    return method == "Runtime.exceptionThrown" or (method, parameters.get("type")) == (
        "Runtime.consoleAPICalled",
        "error",
    )
