"""Storage, queue, embedder, model, reader and Bot API of the world, each behind a boundary."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
import numpy as np
from numpy.typing import NDArray

from errors import EmbeddingsUnavailable, ModelUnavailable, QueueUnavailable, StorageUnavailable, UserMistake
from processing.types import Page, Usage
from storage.local import LocalStorage
from tests.alike import EmbedsAlike
from tests.chaos.machine.boundaries import Boundary
from tests.chaos.machine.chat_server import Act, respond
from tests.chaos.machine.ways import LATE_SECONDS, Unheard, Way
from tests.doubles import CountingWakeUp

NO_WAY = ""


class StruckStorage(LocalStorage):
    """A storage in a folder, behind a boundary."""

    def __init__(self, root: Path, boundary: Boundary) -> None:
        super().__init__(root)
        self.boundary = boundary

    def _pass(self, name: str, act: Callable[[], Any], **more: Any) -> Any:
        return self.boundary.pass_through(f"storage.{name}", act, StorageUnavailable, **more)

    def save_file(self, key: str, source: Path) -> None:
        def spoil(_result: None) -> None:
            self._path(key).write_bytes(b"something else")

        self._pass("save_file", lambda: super(StruckStorage, self).save_file(key, source), wrong=spoil)

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        missing = self.root / "nothing"
        way = self._pass("local_copy", lambda: "", wrong=lambda _: "other", claimed="missing")
        if way == "other":
            missing.write_bytes(b"something else")
        if way:
            yield missing
            return
        with super().local_copy(key) as path:
            yield path

    def exists(self, key: str) -> bool:
        inner = super().exists
        return bool(self._pass("exists", lambda: inner(key), wrong=lambda found: not found, claimed=True))

    def list_keys(self, prefix: str) -> Iterator[str]:
        inner = super().list_keys
        keys: list[str] = self._pass("list_keys", lambda: list(inner(prefix)), wrong=lambda _: [], claimed=[])
        return iter(keys)

    def delete_tree(self, prefix: str) -> None:
        inner = super().delete_tree
        self._pass("delete_tree", lambda: inner(prefix))

    def delete_file(self, key: str) -> None:
        inner = super().delete_file
        self._pass("delete_file", lambda: inner(key))


class StruckWakeUp(CountingWakeUp):
    """Wake-ups behind a boundary; ``sent``, what no worker has taken yet, is that of all processes."""

    def __init__(self, boundary: Boundary, sent: Counter[str]) -> None:
        super().__init__(sent)
        self.boundary = boundary

    def notify_worker(self, queue: str) -> None:
        inner = super().notify_worker
        self.boundary.pass_through("queue.notify_worker", lambda: inner(queue), QueueUnavailable)

    def get_length(self, queue: str) -> int:
        inner = super().get_length
        return int(
            self.boundary.pass_through(
                "queue.get_length", lambda: inner(queue), QueueUnavailable, wrong=lambda _: -(10**6), claimed=10**6
            )
        )


class StruckEmbedder(EmbedsAlike):
    """An embedder whose vectors depend on nothing but the text."""

    model, dimension, max_tokens = "hash", 8, 256

    def __init__(self, boundary: Boundary) -> None:
        self.boundary = boundary

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self.boundary.pass_through(
            "embedder.embed",
            lambda: np.full((len(texts), self.dimension), self.dimension**-0.5, np.float32),
            EmbeddingsUnavailable,
            wrong=lambda found: found[:, :3],
            claimed=np.full((len(texts), self.dimension), np.nan, np.float32),
        )
        return vectors

    def warm_up(self) -> None: ...

    def count_tokens(self, text: str) -> int:
        return len(text.split())


class StruckModel:
    """A language model that quotes the secret among its passages, behind a boundary."""

    def __init__(self, boundary: Boundary, find: Callable[[str], str]) -> None:
        self.boundary, self.find = boundary, find

    def stream(self, instructions: str, prompt: str, usage: Usage) -> Generator[str]:
        answer = ["The password is ", f"{self.find(prompt)} [1]."]
        yield from self.boundary.pass_through(
            "model.stream", lambda: answer, ModelUnavailable, wrong=lambda _: ["[9] [9]", ""], claimed=[]
        )


class TextReading:
    """The pages of a text that was read."""

    def __init__(self, pages: list[Page], kind: str) -> None:
        self.pages, self.kind, self.name = pages, kind, ""

    def __iter__(self) -> Iterator[Page]:
        return iter(self.pages)

    def iterate_passages(self) -> Iterator[Any]:
        raise UserMistake("archive_damaged")


def make_reader(boundary: Boundary) -> Callable[..., AbstractContextManager[TextReading]]:
    """A reader of texts in this process, behind a boundary; what begins with ``broken`` can't be read."""

    @contextmanager
    def read(path: Path, kind: str, on_progress: Callable[[int, int | None], None]) -> Iterator[TextReading]:
        def act() -> list[Page]:
            text = path.read_text(errors="replace")
            if text.startswith("broken"):
                raise UserMistake("pdf_damaged")
            return [Page(1, text)]

        pages = boundary.pass_through(
            "reader.open", act, lambda: UserMistake("too_heavy"), wrong=lambda _: [Page(7, "Other words.")], claimed=[]
        )
        on_progress(len(pages), len(pages))
        yield TextReading(pages, kind)

    return read


class CallIntercept(Protocol):
    async def __call__(self, request: httpx.Request, method: str, act: Act) -> httpx.Response: ...


def make_intercept(boundary: Boundary) -> CallIntercept:
    """How the calls of one process to the Bot API are struck."""

    async def intercept(request: httpx.Request, method: str, act: Act) -> httpx.Response:
        patience = float(request.extensions["timeout"]["read"] or 0)
        in_thread = asyncio.get_running_loop().run_in_executor
        match boundary.meet(f"http.{method}"):
            case Way.UNHEARD:
                raise Unheard
            case Way.NEVER:
                await in_thread(None, boundary.elapse, patience)
                raise httpx.ReadTimeout("struck", request=request)
            case Way.CLAIMED:
                return claim_done(method)
            case Way.FREEZE:
                await in_thread(None, boundary.freeze)
            case Way.DENIED:
                await act()
                return respond({"ok": False, "error_code": 500, "description": "Internal Server Error"}, 500)
            case Way.DIED:
                await act()
                raise boundary.kill()
            case Way.LATE:
                answer = await act()
                await in_thread(None, boundary.elapse, min(patience, LATE_SECONDS))
                if patience < LATE_SECONDS:
                    raise httpx.ReadTimeout("struck", request=request)
                return answer
            case Way.WRONG:
                await act()
                return respond({"ok": True, "result": [] if method == "getMe" else {} if method == "file" else True})
            case str(name) if name in REFUSALS:
                code, words, seconds = REFUSALS[name]
                more = {"parameters": {"retry_after": seconds}} if seconds else {}
                return respond({"ok": False, "error_code": code, "description": words} | more, code)
        return await act()

    return intercept


# Answers of Telegram that have no effect; the state machine uses them.
REFUSALS = {
    "flood": (429, "Too Many Requests: retry after 7", 7),
    "gateway": (502, "Bad Gateway", 0),
    "forbidden": (403, "Forbidden: bot was blocked by the user", 0),
    "bad": (400, "Bad Request: something is wrong with this message", 0),
    "gone": (400, "Bad Request: message to edit not found", 0),
}
NEVER_THERE = 900_000_000


def claim_done(method: str) -> httpx.Response:
    """The answer to a call that was dropped, as if it had taken effect."""
    if method == "file":
        return httpx.Response(200, content=b"")
    if method == "getUpdates":
        return respond({"ok": True, "result": []})
    if method == "getFile":
        return respond({"ok": True, "result": {"file_id": "x", "file_unique_id": "x", "file_path": "documents/none"}})
    if method.startswith(("send", "edit")) and method != "sendChatAction":
        chat = {"id": 1, "type": "private"}
        return respond({"ok": True, "result": {"message_id": NEVER_THERE, "date": 1, "chat": chat, "text": "x"}})
    return respond({"ok": True, "result": True})
