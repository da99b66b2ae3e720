"""Pushes updates to the bot's webhook, one after the other, each until the bot accepts it."""

from __future__ import annotations

import asyncio
import time

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.updates import Json, Updates, Webhook, render

PAUSE_SECONDS = 1.0
ANSWER_SECONDS = 30.0


async def push_updates(updates: Updates) -> None:
    """Push updates until the task is cancelled. Wait while there is no webhook or no update."""
    async with ClientSession(timeout=ClientTimeout(total=ANSWER_SECONDS)) as session:
        while True:
            await updates.changes.wait_until(lambda: bool(updates.webhook.url and updates.pending), None)
            webhook, update = updates.webhook, updates.pending[0]
            failure = await push(session, webhook, update)
            if failure:
                webhook.last_error_date, webhook.last_error_message = int(time.time()), failure
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                updates.confirm(update["update_id"] + 1)


async def push(session: ClientSession, webhook: Webhook, update: Json) -> str:
    """Send one update. Return an empty string if the bot accepted it, otherwise the reason for getWebhookInfo."""
    headers = {"Content-Type": "application/json"}
    if webhook.secret_token:
        headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret_token
    try:
        async with session.post(webhook.url, data=render(update).encode(), headers=headers) as response:
            return "" if response.ok else f"Wrong response from the webhook: {response.status} {response.reason}"
    except TimeoutError:
        return "Read timeout expired"
    except (ClientError, OSError):
        return "Connection refused"
