"""The chat page and the status page in a real browser, at the width of a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.chat_page.people import PICTURE
from tests.browser import Browser, Tab, find_chromium, open_browser
from tests.driver import LoopThread
from tests.stack import TOKEN, Stack

PHONE = (390, 844)
NAME = "Lighthouse keepers of the northern coast, with a rather long name.txt"
TEXT = "The lamp of the northern lighthouse is lit at dusk. Its keeper is called Ingrid Solberg.\n" * 4


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        assert not os.environ.get("CI"), "Chromium is not installed"
        pytest.skip("Chromium is not installed")
    loop = LoopThread()
    with open_browser(program, tmp_path_factory.mktemp("browser"), loop) as browser:
        yield browser
    loop.close()


def test_a_person_asks_about_a_document_and_the_status_page_shows_only_figures(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    status = browser.open(stack.web_url, *PHONE)
    chat = browser.open(stack.sandbox_url, *PHONE)
    for tab in (status, chat):
        tab.evaluate("window.neverReloaded = true")
    status.wait_for_text(".card.ready .value", "0")

    chat.press("#start", "Start")
    chat.wait_for_text("#log .out", "/start")
    chat.wait_for_text("#log .in", "reads the documents you send")
    send_file(chat, tmp_path)
    chat.wait_for_text("#log", f"{NAME} is ready")
    chat.check_fits()

    chat.write("#text", "What is the keeper called?")
    chat.wait_for_text("#log .in:last-child", "p. 1")
    chat.wait_for_text("#log .in:last-child blockquote", "Ingrid Solberg")
    chat.press(".keyboard button", "Ask all my documents")
    chat.wait_for_text("#log .in:last-child", "From your documents")
    chat.check_fits()

    status.wait_for_text(".card.ready .value", "1")
    assert "Lighthouse" not in status.evaluate("document.documentElement.outerHTML")
    status.check_fits()
    for tab in (status, chat):
        assert tab.evaluate("window.neverReloaded") is True
        assert tab.errors == []


def test_a_message_from_one_tab_appears_in_another(stack: Stack, browser: Browser) -> None:
    one, other = (browser.open(stack.sandbox_url, *PHONE) for _ in range(2))
    for tab in (one, other):
        tab.wait_for_text("#presence", "bot")
    one.write("#text", "/quota")
    other.wait_for_text("#log .out:nth-last-child(2)", "/quota")
    other.wait_for_text("#log .in:last-child", "1,000 MB")
    assert one.errors == other.errors == []


def test_a_photo_opens_as_large_as_the_window_and_closes(stack: Stack, browser: Browser) -> None:
    chat = browser.open(stack.sandbox_url, *PHONE)
    chat.wait_for_text("#presence", "bot")
    person = chat.evaluate("location.hash.slice(1)")
    photo = {"photo": ("page.png", PICTURE, "image/png")}
    sent = httpx.post(f"{stack.sandbox_url}/bot{TOKEN}/sendPhoto", data={"chat_id": person}, files=photo)
    sent.raise_for_status()
    chat.wait_for("!!document.querySelector('#log .photo-open')")
    chat.evaluate("document.querySelector('.photo-open').click()")
    chat.wait_for(
        "document.querySelector('#viewer').open && document.querySelector('#viewer-photo').naturalWidth === 1"
    )
    chat.evaluate("document.querySelector('#viewer button').click()")
    assert chat.evaluate("document.querySelector('#viewer').open") is False
    assert chat.errors == []


def send_file(chat: Tab, folder: Path) -> None:
    file = folder / NAME
    file.write_text(TEXT)
    chat.choose_file("#file", file)
