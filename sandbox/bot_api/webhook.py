"""Pushes updates to the bot's webhook, each until it is taken."""

from __future__ import annotations

import asyncio
import time

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.updates import Json, Updates, Webhook

PAUSE_SECONDS = 1.0
ANSWER_SECONDS = 30.0


async def push_updates(updates: Updates) -> None:
    """Run for ever; idle while there is no webhook."""
    async with ClientSession(timeout=ClientTimeout(total=ANSWER_SECONDS)) as session:
        while True:
            await updates.news.wait_until(lambda: bool(updates.webhook.url and updates.waiting), None)
            webhook, update = updates.webhook, updates.waiting[0]
            reason = await push(session, webhook, update)
            if reason:
                webhook.last_error_date, webhook.last_error_message = int(time.time()), reason
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                updates.confirm(update["update_id"] + 1)


async def push(session: ClientSession, webhook: Webhook, update: Json) -> str:
    """What went wrong; empty when the update was taken."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
    try:
        async with session.post(webhook.url, json=update, headers=headers) as response:
            return "" if response.ok else f"Wrong response from the webhook: {response.status} {response.reason}"
    except TimeoutError:
        return "Read timeout expired"
    except (ClientError, OSError):
        return "Connection refused"
