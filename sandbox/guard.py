"""Keeps the sandbox to this machine and to its own page."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@web.middleware
async def keep_local(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse names that were made to point here, and pages of other sites that act here."""
    if not is_loopback(read_hostname(request)) or is_foreign(request):
        return web.json_response({"error": "The sandbox answers this machine only."}, status=403)
    return await handler(request)


def read_hostname(request: web.Request) -> str:
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def is_foreign(request: web.Request) -> bool:
    """Whether a browser sends this for another site. The page itself may be linked to from anywhere."""
    origin = request.headers.get("Origin")
    if origin is not None and request.method != "GET" and origin != f"http://{request.host}":
        return True
    return request.path != "/" and request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
