"""Methods that configure and fetch updates: getUpdates and the webhook methods."""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.bot_api.params import Params
from sandbox.errors import BadRequest
from sandbox.guard import is_loopback
from sandbox.state import Json, State
from sandbox.updates import Webhook

LONGEST_POLL_SECONDS = 50
MAX_UPDATES = 100


async def get_updates(state: State, params: Params) -> list[Json]:
    set_allowed_updates(state, params)
    state.updates.confirm(params.find_int("offset") or 0)
    limit = params.find_int("limit") or MAX_UPDATES
    seconds = params.find_int("timeout") or 0
    return await state.updates.poll(max(1, min(MAX_UPDATES, limit)), max(0, min(LONGEST_POLL_SECONDS, seconds)))


async def set_webhook(state: State, params: Params) -> bool:
    """Push updates to ``url`` from now on, or stop if it is empty. Raise ``BadRequest`` if it is on another machine."""
    url = params.find_text("url") or ""
    if url and (urlsplit(url).scheme not in {"http", "https"} or not is_loopback(urlsplit(url).hostname or "")):
        raise BadRequest("bad webhook: the sandbox reaches loopback addresses only")
    set_allowed_updates(state, params)
    drop_pending(state, params)
    secret, connections = params.find_text("secret_token") or "", params.find_int("max_connections") or 40
    state.updates.set_webhook(Webhook(url, secret, connections))
    return True


async def delete_webhook(state: State, params: Params) -> bool:
    drop_pending(state, params)
    state.updates.set_webhook(Webhook())
    return True


async def get_webhook_info(state: State, _params: Params) -> Json:
    webhook = state.updates.webhook
    info = {"url": webhook.url, "has_custom_certificate": False, "pending_update_count": len(state.updates.pending)}
    if webhook.url:
        info |= {"max_connections": webhook.max_connections, "allowed_updates": state.updates.allowed}
    if webhook.last_error_date:
        info |= {"last_error_date": webhook.last_error_date, "last_error_message": webhook.last_error_message}
    return info


def set_allowed_updates(state: State, params: Params) -> None:
    """Store the kinds of updates that the bot wants. A call without ``allowed_updates`` changes nothing."""
    if params.values.get("allowed_updates") is not None:
        state.updates.allowed = [str(kind) for kind in params.read_list("allowed_updates")]


def drop_pending(state: State, params: Params) -> None:
    if params.read_bool("drop_pending_updates"):
        state.updates.pending.clear()
