"""The chat page: one template and its static files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

FOLDER = Path(__file__).parent
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


async def show_chat(_request: web.Request) -> web.Response:
    environment = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True)
    text = environment.get_template("chat.html").render(bot_name="Socrate")
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", headers=headers)


def list_routes() -> Sequence[web.AbstractRouteDef]:
    return [web.get("/", show_chat), web.static("/sandbox/static", FOLDER / "static")]
