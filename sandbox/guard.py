"""Middleware that refuses requests to host names other than loopback, and requests that other sites' pages make."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def refuse_remote(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 403 if the host name is not loopback (DNS rebinding) or a page of another site made the request."""
    if not is_loopback(read_hostname(request)) or is_cross_site(request):
        return web.json_response({"error": "The sandbox answers this machine only."}, status=403)
    return await handler(request)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_hostname(request: web.Request) -> str:
    """Return the name in the ``Host`` header without its port, or an empty string if it cannot be parsed."""
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def is_cross_site(request: web.Request) -> bool:
    """Return whether a page of another site made this request. Links to ``/`` are allowed from anywhere."""
    origin = request.headers.get("Origin")
    if origin is not None and request.method != "GET" and origin != f"http://{request.host}":
        return True
    return request.path != "/" and request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
