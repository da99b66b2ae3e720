"""A server of a language model: chat completions of the OpenAI protocol, streamed over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Request = dict[str, Any]
Write = Callable[[Request], list[str]]
# Longer than any client waits.
HELD_SECONDS = 600.0


def say_nothing_known(_request: Request) -> list[str]:
    return ["The passages ", "do not say."]


@dataclass(frozen=True)
class Fault:
    """What one request gets instead of an answer: an error status, ``body`` as its stream, or silence."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "not now"
    code: str | None = None
    body: bytes = b""
    silent: bool = False


def make_event(delta: dict[str, str], reason: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    event = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "test", "choices": [choice]}
    return f"data: {json.dumps(event | more)}\n\n".encode()


@dataclass
class OpenAIServer:
    """``write`` returns the pieces of an answer; ``refusal`` answers every request with that status instead.

    Each request uses up one of ``faults``. ``hold`` stops a stream after its first piece until it is set; ``cut_after``
    breaks it off after so many pieces. ``left`` is set when a client disconnects during a stream.
    """

    write: Write = say_nothing_known
    refusal: int | None = None
    faults: list[Fault] = field(default_factory=list)
    cut_after: int | None = None
    hold: threading.Event | None = None
    requests: list[Request] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    ended: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> OpenAIServer:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.ended.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def list_pieces(self, request: Request) -> Iterator[str]:
        for count, piece in enumerate(self.write(request)):
            if count == self.cut_after:
                raise ConnectionAbortedError
            yield piece
            if count == 0 and self.hold is not None:
                self.hold.wait(HELD_SECONDS)


def make_handler(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Handles one request on each connection."""

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.requests.append(request)
            server.keys.add(self.headers.get("Authorization", ""))
            if self.path != "/v1/chat/completions" or not request.get("stream"):
                self.refuse(404)
            elif server.refusal:
                self.refuse(server.refusal)
            elif server.faults:
                self.fail(server.faults.pop(0))
            else:
                self.stream(request)

        def fail(self, fault: Fault) -> None:
            if fault.silent:
                server.ended.wait(HELD_SECONDS)
            elif fault.status != 200:
                self.refuse(fault.status, fault.headers, fault.message, fault.code)
            else:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                self.wfile.write(fault.body)

        def refuse(
            self, status: int, headers: dict[str, str] | None = None, message: str = "not now", code: str | None = None
        ) -> None:
            body = json.dumps({"error": {"message": message, "type": "test", "code": code}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def stream(self, request: Request) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                for piece in server.list_pieces(request):
                    self.write_event(request, {"content": piece}, None)
                self.write_event(request, {}, "stop")
                self.wfile.write(b"data: [DONE]\n\n")
            except (BrokenPipeError, ConnectionResetError):
                server.left.set()
            except ConnectionAbortedError:
                self.connection.close()

        def write_event(self, request: Request, delta: dict[str, str], reason: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            event = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": request["model"]}
            self.wfile.write(f"data: {json.dumps(event | {'choices': [choice]})}\n\n".encode())
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the server from printing."""

    return Handler
