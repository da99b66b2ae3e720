"""Inside the processes of a stack: every call to database, storage and HTTP is written down, and the ordered one fails.

Nothing of the product knows of it: ``sitecustomize`` puts it in, and files of one folder are all that is spoken over.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any

VARIABLE = "SOCRATE_CALLS"
CALLS, ORDER, TURN, STRUCK = "calls.log", "order.json", "turn", "struck"
BEFORE, AFTER = "before", "after"
ROOT = Path(__file__).parent.parent.parent
LONGEST_SITE = 6


class Door:
    """Names each call by what it does and by the functions of ours that led to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = os.open(folder / CALLS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def strike(self, kind: str) -> str:
        """``before`` or ``after`` where this call is to fail, else empty."""
        call = f"{kind} {describe_site()}"
        os.write(self._log, f"{call}\n".encode())
        order = self._find_order()
        if order is None or order["call"] != call or not self._take_turn(order["turn"]):
            return ""
        return str(order["how"])

    def pass_through(self, kind: str, action: Callable[[], Any], error: Callable[[], Exception]) -> Any:
        how = self.strike(kind)
        if how == BEFORE:
            raise error()
        result = action()
        if how == AFTER:
            raise error()
        return result

    def _find_order(self) -> dict[str, Any] | None:
        try:
            return dict(json.loads((self.folder / ORDER).read_text()))
        except FileNotFoundError:
            return None

    def _take_turn(self, wanted: int) -> bool:
        """Count over all processes; True for the one call that was meant."""
        with (self.folder / TURN).open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            turn = int(file.read() or 0) + 1
            file.seek(0)
            file.write(str(turn))
        if turn == wanted:
            (self.folder / STRUCK).touch()
        return turn == wanted


def describe_site() -> str:
    """The functions of ours on the way to this call, the nearest first."""
    names: list[str] = []
    frame = sys._getframe(2)
    while frame is not None and len(names) < LONGEST_SITE:
        if module := find_module(frame.f_code.co_filename):
            names.append(f"{module}.{frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return "<".join(names)


@cache
def find_module(file: str) -> str:
    """The product's module of this file; empty for everybody else's, and for the tests'."""
    path = Path(file)
    if not path.is_relative_to(ROOT):
        return ""
    inner = path.relative_to(ROOT)
    return "" if inner.parts[0] in {".venv", "tests"} else inner.stem


def put_in() -> None:
    """Only where a folder to speak over is named."""
    folder = os.environ.get(VARIABLE)
    if folder:
        door = Door(Path(folder))
        put_before_database(door)
        put_before_storage(door)
        put_before_http(door)
        if os.environ.get("STORAGE_URL", "").startswith("s3:"):
            put_before_bucket(door)


def put_before_database(door: Door) -> None:
    """Statements fail before they begin; commits also when they have taken effect, as where a line is cut then."""
    from sqlalchemy.engine.default import DefaultDialect

    Dialect: Any = DefaultDialect
    execute, commit = Dialect.do_execute, Dialect.do_commit

    def do_execute(self: Any, cursor: Any, statement: str, *rest: Any) -> None:
        verb = statement.split(None, 1)[0].upper()
        door.pass_through(f"db.{verb}", lambda: execute(self, cursor, statement, *rest), lambda: make_error(self))

    def do_commit(self: Any, connection: Any) -> None:
        door.pass_through("db.COMMIT", lambda: commit(self, connection), lambda: make_error(self))

    Dialect.do_execute, Dialect.do_commit = do_execute, do_commit


def make_error(dialect: Any) -> Exception:
    """What the driver says of a line that broke, which is also what a disk that failed looks like from here."""
    error: Exception = dialect.loaded_dbapi.OperationalError("server closed the connection unexpectedly")
    return error


def put_before_storage(door: Door) -> None:
    from storage.local import LocalStorage

    put_before_class(door, LocalStorage)


def put_before_class(door: Door, storage: Any) -> None:
    for name in ("save_file", "delete_tree", "delete_file", "exists", "list_keys"):
        setattr(storage, name, make_failing(door, getattr(storage, name)))
    opening = storage.local_copy

    @contextmanager
    def local_copy(self: Any, key: str) -> Iterator[Path]:
        door.pass_through("storage.local_copy", lambda: None, make_storage_error)
        with opening(self, key) as path:
            yield path

    storage.local_copy = local_copy


def make_failing(door: Door, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def passed(*args: Any, **more: Any) -> Any:
        return door.pass_through(f"storage.{method.__name__}", lambda: method(*args, **more), make_storage_error)

    return passed


def make_storage_error() -> Exception:
    from errors import StorageUnavailable

    return StorageUnavailable()


def put_before_http(door: Door) -> None:
    """A call is refused, or made and its answer lost."""
    import httpx

    asking, asking_beside = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def handle_request(self: Any, request: httpx.Request) -> httpx.Response:
        how = door.strike(f"http.{name_request(request.url.path)}")
        if how == BEFORE:
            raise httpx.ConnectError("struck", request=request)
        response = asking(self, request)
        if how == AFTER:
            response.close()
            raise httpx.ReadError("struck", request=request)
        return response

    async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
        how = door.strike(f"http.{name_request(request.url.path)}")
        if how == BEFORE:
            raise httpx.ConnectError("struck", request=request)
        response = await asking_beside(self, request)
        if how == AFTER:
            await response.aclose()
            raise httpx.ReadError("struck", request=request)
        return response

    httpx.HTTPTransport.handle_request = handle_request  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[method-assign]


def put_before_bucket(door: Door) -> None:
    """The storage as a whole, and each of the calls over HTTP that it is made of."""
    from botocore.exceptions import ConnectionClosedError
    from botocore.httpsession import URLLib3Session

    from storage.s3 import S3Storage

    put_before_class(door, S3Storage)
    sending = URLLib3Session.send

    def send(self: Any, request: Any) -> Any:
        def make_error() -> Exception:
            error: Exception = ConnectionClosedError(endpoint_url=request.url)
            return error

        return door.pass_through(f"http.s3.{request.method}", lambda: sending(self, request), make_error)

    URLLib3Session.send = send


def name_request(path: str) -> str:
    """The method of the API; what lies in a path besides is nobody's business."""
    return "file" if path.startswith("/file/") else path.rpartition("/")[2]
