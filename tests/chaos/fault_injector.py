"""Runs inside the processes of a stack: logs every call to database, storage and HTTP, and lets the ordered one fail.

The product does not know of it: ``sitecustomize`` patches the libraries, and orders come through files in one folder.
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


class FaultInjector:
    """Names each call by its kind and the functions of the product that led to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = os.open(folder / CALLS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def strike(self, kind: str) -> str:
        """Log the call; returns ``before`` or ``after`` if it is the one that shall fail, else an empty string."""
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
        """Count the matching calls of all processes; returns True for the one with the wanted number."""
        with (self.folder / TURN).open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            turn = int(file.read() or 0) + 1
            file.seek(0)
            file.write(str(turn))
        if turn == wanted:
            (self.folder / STRUCK).touch()
        return turn == wanted


def describe_site() -> str:
    """The functions of the product that led to this call, the innermost first."""
    names: list[str] = []
    frame = sys._getframe(2)
    while frame is not None and len(names) < LONGEST_SITE:
        if module := find_module(frame.f_code.co_filename):
            names.append(f"{module}.{frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return "<".join(names)


@cache
def find_module(file: str) -> str:
    """The product's module of this file; empty for libraries and tests."""
    path = Path(file)
    if not path.is_relative_to(ROOT):
        return ""
    inner = path.relative_to(ROOT)
    return "" if inner.parts[0] in {".venv", "tests"} else inner.stem


def install() -> None:
    """Patch the libraries, if the environment names a folder for orders."""
    folder = os.environ.get(VARIABLE)
    if folder:
        injector = FaultInjector(Path(folder))
        patch_database(injector)
        patch_storage(injector)
        patch_http(injector)
        if os.environ.get("STORAGE_URL", "").startswith("s3:"):
            patch_bucket(injector)


def patch_database(injector: FaultInjector) -> None:
    """Statements fail before they begin; commits also after their effect, as when the connection breaks then."""
    from sqlalchemy.engine.default import DefaultDialect

    Dialect: Any = DefaultDialect
    execute, commit = Dialect.do_execute, Dialect.do_commit

    def do_execute(self: Any, cursor: Any, statement: str, *rest: Any) -> None:
        verb = statement.split(None, 1)[0].upper()
        injector.pass_through(f"db.{verb}", lambda: execute(self, cursor, statement, *rest), lambda: make_error(self))

    def do_commit(self: Any, connection: Any) -> None:
        injector.pass_through("db.COMMIT", lambda: commit(self, connection), lambda: make_error(self))

    Dialect.do_execute, Dialect.do_commit = do_execute, do_commit


def make_error(dialect: Any) -> Exception:
    """The error of the driver for a broken connection; SQLAlchemy treats a failed disk in the same way."""
    error: Exception = dialect.loaded_dbapi.OperationalError("server closed the connection unexpectedly")
    return error


def patch_storage(injector: FaultInjector) -> None:
    from storage.local import LocalStorage

    patch_class(injector, LocalStorage)


def patch_class(injector: FaultInjector, storage: Any) -> None:
    for name in ("save_file", "delete_tree", "delete_file", "exists", "list_keys"):
        setattr(storage, name, make_failing(injector, getattr(storage, name)))
    opening = storage.local_copy

    @contextmanager
    def local_copy(self: Any, key: str) -> Iterator[Path]:
        injector.pass_through("storage.local_copy", lambda: None, make_storage_error)
        with opening(self, key) as path:
            yield path

    storage.local_copy = local_copy


def make_failing(injector: FaultInjector, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def passed(*args: Any, **more: Any) -> Any:
        return injector.pass_through(f"storage.{method.__name__}", lambda: method(*args, **more), make_storage_error)

    return passed


def make_storage_error() -> Exception:
    from errors import StorageUnavailable

    return StorageUnavailable()


def patch_http(injector: FaultInjector) -> None:
    """A request fails before it is sent, or its response is lost."""
    import httpx

    send, send_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def handle_request(self: Any, request: httpx.Request) -> httpx.Response:
        how = injector.strike(f"http.{name_request(request.url.path)}")
        if how == BEFORE:
            raise httpx.ConnectError("struck", request=request)
        response = send(self, request)
        if how == AFTER:
            response.close()
            raise httpx.ReadError("struck", request=request)
        return response

    async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
        how = injector.strike(f"http.{name_request(request.url.path)}")
        if how == BEFORE:
            raise httpx.ConnectError("struck", request=request)
        response = await send_async(self, request)
        if how == AFTER:
            await response.aclose()
            raise httpx.ReadError("struck", request=request)
        return response

    httpx.HTTPTransport.handle_request = handle_request  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[method-assign]


def patch_bucket(injector: FaultInjector) -> None:
    """The operations of the storage, and each of its HTTP requests."""
    from botocore.exceptions import ConnectionClosedError
    from botocore.httpsession import URLLib3Session

    from storage.s3 import S3Storage

    patch_class(injector, S3Storage)
    sending = URLLib3Session.send

    def send(self: Any, request: Any) -> Any:
        def make_error() -> Exception:
            error: Exception = ConnectionClosedError(endpoint_url=request.url)
            return error

        return injector.pass_through(f"http.s3.{request.method}", lambda: sending(self, request), make_error)

    URLLib3Session.send = send


def name_request(path: str) -> str:
    """The method of the API without the rest of the path, which holds the token."""
    return "file" if path.startswith("/file/") else path.rpartition("/")[2]
