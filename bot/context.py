"""What every handler needs: the services, calls to them in threads, and functions that send and edit messages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from telegram import LinkPreviewOptions, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.ext import CallbackContext, ExtBot

from bot.once_an_hour import OnceAnHour
from bot.render.message import Rendered
from bot.render.split import split_html
from processing.services import Services

Given = ParamSpec("Given")
Result = TypeVar("Result")
Context = CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[Any, Any]]

THREADS = 32
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
KEY = "socrate"
log = logging.getLogger(__name__)


@dataclass
class BotContext:
    """What handlers share; ``get_bot_context`` returns it.

    ``failures`` has a key for every update that is being handled, by its id. The value is the exception that its
    handler raised, or None. ``group_replies`` says which groups are told something. ``informed`` has the ids of updates
    whose sender was told that they wait.
    """

    services: Services
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "use-case"))
    failures: dict[int, Exception | None] = field(default_factory=dict)
    group_replies: OnceAnHour = field(default_factory=OnceAnHour)
    informed: set[int] = field(default_factory=set)

    async def run(
        self, use_case: Callable[Concatenate[Services, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """Call ``use_case`` with the services in a thread, so that databases and disks never block the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, lambda: use_case(self.services, *args, **kwargs))

    @asynccontextmanager
    async def open(
        self,
        use_case: Callable[Concatenate[Services, Given], AbstractContextManager[Result]],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> AsyncIterator[Result]:
        """Enter and leave the context manager that ``use_case`` returns, each in a thread."""
        manager = use_case(self.services, *args, **kwargs)
        loop = asyncio.get_running_loop()
        value = await loop.run_in_executor(self.threads, manager.__enter__)
        try:
            yield value
        finally:
            await loop.run_in_executor(self.threads, manager.__exit__, None, None, None)


def get_bot_context(context: Context) -> BotContext:
    bot_context = context.bot_data[KEY]
    assert isinstance(bot_context, BotContext)
    return bot_context


async def reply(update: Update, rendered: Rendered, *, quote: bool = False, **more: Any) -> Message:
    """Send a message to the chat of the update, and return it.

    A long text becomes several messages; the last one has the buttons and is returned.
    """
    message = update.effective_message
    assert message is not None
    *earlier, last = split_html(rendered.text)
    for text in earlier:
        await message.reply_text(text, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW)
    return await message.reply_text(
        last,
        parse_mode=ParseMode.HTML,
        reply_markup=more.pop("markup", rendered.keyboard),
        link_preview_options=NO_PREVIEW,
        do_quote=quote,
        **more,
    )


async def try_reply(update: Update, rendered: Rendered, *, quote: bool = False) -> Message | None:
    """Like ``reply``, but return None if the message can't be sent, except after a flood error, which is raised.

    For messages that announce work: the work goes on without them, and its outcome is delivered later.
    """
    try:
        return await reply(update, rendered, quote=quote)
    except RetryAfter:
        raise
    except TelegramError as error:
        log.warning("work_not_announced", extra={"update": update.update_id, "error": type(error).__name__})
        return None


async def edit(message: Message, rendered: Rendered) -> None:
    """Edit a message of the bot; does nothing if it has this text already."""
    try:
        await message.edit_text(
            rendered.text,
            parse_mode=ParseMode.HTML,
            reply_markup=rendered.keyboard,
            link_preview_options=NO_PREVIEW,
        )
    except BadRequest as error:
        if "message is not modified" not in str(error).lower():
            raise


async def edit_tapped(update: Update, rendered: Rendered) -> None:
    """Edit the message whose button was tapped, or send a new one if it is gone or too old to be edited."""
    query = update.callback_query
    assert query is not None
    if isinstance(query.message, Message):
        try:
            await edit(query.message, rendered)
            return
        except BadRequest as error:
            log.info("tapped_message_not_edited", extra={"update": update.update_id, "error": type(error).__name__})
    await reply(update, rendered)


async def try_edit_tapped(update: Update, rendered: Rendered) -> None:
    """Like ``edit_tapped``, but an error is only logged, except a flood error, which is raised.

    For messages that announce work, as ``try_reply``.
    """
    try:
        await edit_tapped(update, rendered)
    except RetryAfter:
        raise
    except TelegramError as error:
        log.warning("work_not_announced", extra={"update": update.update_id, "error": type(error).__name__})


async def edit_or_send(bot: ExtBot[Any], chat_id: int, message_id: int | None, rendered: Rendered) -> int:
    """Edit the message, or send a new one if it can't be edited; return the id of the message with the text."""
    options: dict[str, Any] = {
        "parse_mode": ParseMode.HTML,
        "reply_markup": rendered.keyboard,
        "link_preview_options": NO_PREVIEW,
    }
    if message_id is not None:
        try:
            await bot.edit_message_text(rendered.text, chat_id=chat_id, message_id=message_id, **options)
            return message_id
        except BadRequest as error:
            if "message is not modified" in str(error).lower():
                return message_id
    return (await bot.send_message(chat_id, rendered.text, **options)).message_id
