"""The web pages for operators: routes, security headers and error pages."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import aiohttp_jinja2
from aiohttp import web
from jinja2 import FileSystemLoader

from bot.web.events import Poller
from bot.web.health import describe_health, gather_checks
from bot.web.status import StatusSource
from bot.web.view import describe_status

FOLDER = Path(__file__).parent
SOURCE = web.AppKey("source", StatusSource)
POLLER = web.AppKey("poller", Poller)
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
NO_CACHE = {"Cache-Control": "no-store"}
SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is no page at this address.",
    HTTPStatus.SERVICE_UNAVAILABLE: "This can't be done right now. Please try again in a moment.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This page is read-only.",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)


def make_web_app(source: StatusSource) -> web.Application:
    app = web.Application(middlewares=[add_security])
    app[SOURCE], app[POLLER] = source, Poller(source)
    aiohttp_jinja2.setup(app, loader=FileSystemLoader(FOLDER / "templates"), autoescape=True)
    app.add_routes(
        [
            web.get("/", show_page),
            web.get("/events", follow),
            web.get("/api/status", get_status),
            web.get("/api/health", get_health),
            web.get("/healthz", get_liveness),
            web.static("/static", FOLDER / "static"),
        ]
    )
    return app


async def show_page(request: web.Request) -> web.StreamResponse:
    status = describe_status(await request.app[SOURCE].get_status())
    return render(request, "status.html", status, HTTPStatus.OK)


async def get_status(request: web.Request) -> web.StreamResponse:
    return web.json_response(describe_status(await request.app[SOURCE].get_status()), headers=NO_CACHE)


async def get_health(request: web.Request) -> web.StreamResponse:
    """Answer with status 200 if every check passed, else 503; the body has the result of each check."""
    body = describe_health(await gather_checks(request.app[SOURCE]))
    healthy = body["status"] == "healthy"
    return web.json_response(body, status=200 if healthy else 503, headers=NO_CACHE)


async def get_liveness(request: web.Request) -> web.StreamResponse:
    """Answer with status 200 as long as this process answers; the body is that of ``/api/health``.

    A supervisor that starts the process again where this is not answered can't help a database that is away.
    """
    return web.json_response(describe_health(await gather_checks(request.app[SOURCE])), headers=NO_CACHE)


async def follow(request: web.Request) -> web.StreamResponse:
    """Send the status as server-sent events: one at once, then one at every poll."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"} | NO_CACHE | SECURITY_HEADERS)
    await response.prepare(request)
    seen = 0
    async with request.app[POLLER].watch() as poller:
        with suppress(ConnectionResetError):
            while True:
                seen, text = await poller.get_newer(seen)
                await response.write(f"data: {text}\n\n".encode())
    return response


def render(request: web.Request, template: str, context: dict[str, object], status: int) -> web.StreamResponse:
    response = aiohttp_jinja2.render_template(template, request, context, status=status)
    response.headers.update(NO_CACHE)
    return response


def render_error(request: web.Request, status: int, sentence: str) -> web.StreamResponse:
    return render(request, "error.html", {"status": status, "sentence": sentence}, status)


@web.middleware
async def add_security(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add the security headers to every response, and answer an exception with a page that shows one sentence."""
    try:
        response = await handler(request)
    except web.HTTPException as error:
        sentence = SENTENCES.get(HTTPStatus(error.status), "This can't be done here.")
        response = render_error(request, error.status, sentence)
    except Exception as error:
        log.error("page_failed", extra={"path": request.path, "error": type(error).__name__})
        response = render_error(request, 500, "Something went wrong here. It has been logged; please try again.")
    if not response.prepared:
        response.headers.update(SECURITY_HEADERS)
    return response
