"""Patches the libraries, so that every call to what is outside the process passes the injector."""

from __future__ import annotations

import asyncio
import builtins
import io
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from tests.chaos.injector.injector import (
    AFTER,
    BEFORE,
    LATE,
    LATE_SECONDS,
    UNHEARD,
    VARIABLE,
    WRONG,
    FaultInjector,
    Unheard,
    is_called_by_product,
)

FILE_CALLS: tuple[tuple[Any, str], ...] = (
    (builtins, "open"),
    (io, "open"),
    *((os, name) for name in ("open", "mkdir", "unlink", "rmdir", "rename", "replace", "fsync", "stat", "scandir")),
)


def install() -> None:
    """Patch the libraries, if the environment names a folder for orders."""
    folder = os.environ.get(VARIABLE)
    if folder:
        injector = FaultInjector(Path(folder))
        patch_database(injector)
        patch_storage(injector)
        patch_http(injector)
        patch_redis(injector)
        patch_files(injector)
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
        if how == UNHEARD:
            raise Unheard
        response = send(self, request)
        if how in (AFTER, LATE):
            response.close()
            raise make_http_error(how, request)
        return make_wrong_response(response) if how == WRONG else response

    async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
        how = injector.strike(f"http.{name_request(request.url.path)}")
        if how == BEFORE:
            raise httpx.ConnectError("struck", request=request)
        if how == UNHEARD:
            raise Unheard
        response = await send_async(self, request)
        if how == LATE:
            await asyncio.sleep(min(LATE_SECONDS, float(request.extensions["timeout"]["read"] or LATE_SECONDS)))
        if how in (AFTER, LATE):
            await response.aclose()
            raise make_http_error(how, request)
        return make_wrong_response(response) if how == WRONG else response

    httpx.HTTPTransport.handle_request = handle_request  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[method-assign]


def make_http_error(how: str, request: Any) -> Exception:
    """The error of a response that was lost, or that came after the time-out."""
    import httpx

    return (httpx.ReadTimeout if how == LATE else httpx.ReadError)("struck", request=request)


def make_wrong_response(response: Any) -> Any:
    """A response of the Bot API that is well-formed and has another result than the one asked for."""
    import httpx

    return httpx.Response(200, json={"ok": True, "result": True}, request=response.request)


def patch_redis(injector: FaultInjector) -> None:
    import redis
    import redis.asyncio

    command: Any = redis.Redis.execute_command
    command_async: Any = redis.asyncio.Redis.execute_command

    def execute_command(self: Any, *args: Any, **options: Any) -> Any:
        def act() -> Any:
            return command(self, *args, **options)

        return injector.pass_through(f"redis.{args[0]}", act, redis.ConnectionError, wrong=b"something else")

    async def execute_command_async(self: Any, *args: Any, **options: Any) -> Any:
        how = injector.strike(f"redis.{args[0]}")
        if how == BEFORE:
            raise redis.ConnectionError
        if how == UNHEARD:
            raise Unheard
        result = await command_async(self, *args, **options)
        if how == LATE:
            await asyncio.sleep(LATE_SECONDS)
        if how == AFTER:
            raise redis.ConnectionError
        return b"something else" if how == WRONG else result

    redis.Redis.execute_command = execute_command  # type: ignore[method-assign]
    redis.asyncio.Redis.execute_command = execute_command_async  # type: ignore[method-assign]


def patch_files(injector: FaultInjector) -> None:
    """Calls to the file system that modules of the product make, also through the standard library; and programs."""
    for module, name in FILE_CALLS:
        setattr(module, name, make_file_call(injector, name, getattr(module, name)))
    starting = subprocess.Popen.__init__

    def start(self: Any, *args: Any, **more: Any) -> None:
        injector.pass_through("process.start", lambda: starting(self, *args, **more), lambda: OSError(5, "struck"))

    subprocess.Popen.__init__ = start  # type: ignore[method-assign]


def make_file_call(injector: FaultInjector, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def passed(*args: Any, **more: Any) -> Any:
        if not is_called_by_product():
            return call(*args, **more)
        return injector.pass_through(f"file.{name}", lambda: call(*args, **more), lambda: OSError(5, "struck"))

    return passed


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
