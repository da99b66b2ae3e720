"""Handles files: one is refused before the download, or downloaded, checked and queued with a progress message."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from telegram import Animation, Message, Update, Video
from telegram import Document as TelegramDocument
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import filters

from bot.context import BotContext, Context, edit, get_bot_context, reply, try_reply
from bot.delivery.certainty import get_seconds, is_gone, is_token_refused
from bot.languages import DEFAULT
from bot.render.document import render_document, render_error
from bot.render.keyboards import make_keyboard
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from errors import (
    AlreadyHere,
    DownloadFailed,
    EditUnanswered,
    QueueUnavailable,
    SocrateError,
    UserMistake,
    as_storage_errors,
)
from processing.documents import upload
from processing.documents.names import clean_name
from processing.documents.upload import Offer

# Seconds after the first and the second failed download.
FETCH_PAUSES = (1.0, 3.0)
# After a longer flood pause the inbox handles the update again; meanwhile it handles others.
LONGEST_FLOOD_SECONDS = 30.0
# A film sent to the bot arrives as a file, a video or an animation, as Telegram chooses.
FILES = filters.Document.ALL | filters.VIDEO | filters.ANIMATION
# A server that sends a byte now and then would be waited for without an end.
DOWNLOAD_SECONDS = 600.0
SAMPLES = Path(__file__).parent.parent / "samples"
Sent = TelegramDocument | Video | Animation
log = logging.getLogger(__name__)


async def receive(update: Update, context: Context, person: Person) -> None:
    """Refuse the file before any byte is downloaded, or reply at once, download it and queue the document.

    An edited message may hold another file than before, which is read like a new one. If only its caption was edited,
    nothing is said, whatever has become of the file; if nothing is known of the message, its sender decides.
    """
    message = update.message or update.edited_message
    assert message is not None
    bot_context = get_bot_context(context)
    sent = message.document or message.video or message.animation
    assert sent is not None
    chat_id, origin = person.chat_id, person.origin
    offer = Offer(sent.file_name, sent.file_size, sent.file_unique_id, chat_id, origin, message.message_id)
    if not await bot_context.run(upload.is_received, person.tenant_id, offer):
        if update.edited_message and not await is_replaced(update, context, person, offer):
            return
        await receive_new(update, context, person, sent, offer)
    await bot_context.run(upload.remember_file, person.tenant_id, offer)


async def is_replaced(update: Update, context: Context, person: Person, offer: Offer) -> bool:
    """Return whether an edited message holds another file than before. If nothing is known of it, say what to do."""
    bot_context = get_bot_context(context)
    edited = await bot_context.run(upload.judge_edited, person.tenant_id, offer)
    if edited == upload.Edited.UNKNOWN:
        await reply(update, Rendered(say(person.language, "file_edited")), quote=True)
        await bot_context.run(upload.remember_file, person.tenant_id, offer)
    return edited == upload.Edited.REPLACED


async def receive_new(update: Update, context: Context, person: Person, sent: Sent, offer: Offer) -> None:
    bot_context = get_bot_context(context)
    try:
        await bot_context.run(upload.check_offer, person.tenant_id, offer)
    except UserMistake as mistake:
        if not (update.edited_message and isinstance(mistake, AlreadyHere)):
            await reply(update, render_refusal(person.language, mistake), quote=True)
        return
    # A person who was told that the file waits is shown no new message at each further attempt.
    waits = update.update_id in bot_context.informed
    progress = None if waits else await try_reply(update, render_receiving(person, offer), quote=True)
    async with delete_on_retry(progress), open_download(bot_context) as path:
        try:
            await fetch(sent, path)
        except RetryAfter:
            raise
        except TelegramError as error:
            log.warning("download_failed", extra={"tenant": person.tenant_id, "error": type(error).__name__})
            if await may_come_later(error, context):
                raise DownloadFailed from error
            await show(update, progress, Rendered(say(person.language, "download_failed")))
            return
        await take_in(update, context, person, offer, path, progress)


async def try_sample(update: Update, context: Context, person: Person) -> None:
    """Read the sample document as if the person had sent it."""
    source = SAMPLES / f"{person.language}.pdf"
    if not source.exists():
        source = SAMPLES / f"{DEFAULT}.pdf"
    offer = Offer(say(person.language, "sample_name"), None, None, person.chat_id, person.origin)
    if await get_bot_context(context).run(upload.is_received, person.tenant_id, offer):
        return
    progress = await try_reply(update, render_receiving(person, offer))
    async with delete_on_retry(progress):
        await take_in(update, context, person, offer, source, progress)


async def take_in(
    update: Update, context: Context, person: Person, offer: Offer, path: Path, progress: Message | None
) -> None:
    """Check the file, show its position in the queue, then queue it.

    The position is shown first, because a worker edits the same message as soon as the document is queued.
    """
    bot_context, message_id = get_bot_context(context), progress.message_id if progress else None
    try:
        document = await bot_context.run(upload.prepare_document, person.tenant_id, offer, path, message_id)
        if progress is not None:
            with suppress(TelegramError):
                await edit(
                    progress, render_document(await bot_context.run(upload.view_queued, person.tenant_id, document))
                )
        await bot_context.run(upload.enqueue_document, person.tenant_id, document, path)
    except QueueUnavailable as error:
        await reply(update, Rendered(say(person.language, error.key)), quote=True)
    except UserMistake as mistake:
        await show(update, progress, render_refusal(person.language, mistake))


async def may_come_later(error: TelegramError, context: Context) -> bool:
    """Return whether to try again later. Raise the error if Telegram refuses every call, and not only the download."""
    if isinstance(error, InvalidToken):
        if await is_token_refused(context.bot):
            raise error
        return True
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


async def show(update: Update, progress: Message | None, rendered: Rendered) -> None:
    """Edit the progress message, or reply if there is none or it can't be edited.

    Raise ``EditUnanswered`` if it is not known whether the message was edited: the update is handled again then.
    """
    if progress is not None:
        try:
            await edit(progress, rendered)
            return
        except BadRequest as error:
            if is_gone(error):
                raise
        except NetworkError as error:
            raise EditUnanswered from error
    await reply(update, rendered, quote=True)


async def fetch(sent: Sent, path: Path) -> None:
    """Download the file to ``path``. Raise ``TelegramError`` if three attempts fail.

    Network errors and short flood pauses are tried again, other errors are not.
    """
    for pause in FETCH_PAUSES:
        try:
            await download(sent, path)
            return
        except BadRequest:
            raise
        except RetryAfter as flood:
            if get_seconds(flood) > LONGEST_FLOOD_SECONDS:
                raise
            await asyncio.sleep(get_seconds(flood))
        except NetworkError:
            await asyncio.sleep(pause)
    await download(sent, path)


async def download(sent: Sent, path: Path) -> None:
    """Download the file to ``path``. Raise ``TelegramError`` if that fails, or if another number of bytes came.

    A Bot API server on this machine may name a path instead of an address. It keeps files in a folder that has the
    bot's token as its name; no other file of this machine is read.
    """
    file = await sent.get_file()
    if not is_served(file.file_path or "", sent.get_bot().token):
        raise BadRequest("a file that is not served")
    try:
        async with asyncio.timeout(DOWNLOAD_SECONDS):
            await file.download_to_drive(path)
    except TimeoutError as error:
        raise BadRequest("a file that takes too long") from error
    if sent.file_size is not None and (await asyncio.to_thread(path.stat)).st_size != sent.file_size:
        raise NetworkError("a file that was cut short")


def is_served(file_path: str, token: str) -> bool:
    """Return True for an address, and for a path within the files of the Bot API server."""
    if file_path.startswith(("http://", "https://")):
        return True
    parts = Path(file_path).parts
    return file_path.startswith("/") and token in parts and ".." not in parts


@asynccontextmanager
async def delete_on_retry(progress: Message | None) -> AsyncIterator[None]:
    """Delete the progress message after an error: when the update is handled again, that sends a new message."""
    try:
        yield
    except Exception:
        if progress is not None:
            with suppress(TelegramError):
                await progress.delete()
        raise


def render_receiving(person: Person, offer: Offer) -> Rendered:
    return Rendered(say(person.language, "receiving", name=clean_name(offer.name)))


def render_refusal(language: str, error: SocrateError) -> Rendered:
    """Return why the file is refused; for a file sent before, with buttons that lead to its document."""
    text = render_error(language, error.key, error.facts)
    if isinstance(error, AlreadyHere) and error.facts.get("document_id"):
        ask = (say(language, "button_ask"), f"ask:{error.facts['document_id']}")
        return Rendered(text, make_keyboard([ask, (say(language, "button_docs"), "docs:0")]))
    return Rendered(text)


@asynccontextmanager
async def open_download(bot_context: BotContext) -> AsyncIterator[Path]:
    """A context with a path for the download, deleted at its end.

    Raise ``StorageUnavailable`` for any ``OSError`` in the context.
    """
    scratch_directory = bot_context.services.scratch_directory
    with as_storage_errors():
        await asyncio.to_thread(scratch_directory.mkdir, parents=True, exist_ok=True, mode=0o700)
        folder = await asyncio.to_thread(lambda: tempfile.TemporaryDirectory(prefix="download-", dir=scratch_directory))
        try:
            yield Path(folder.name) / "file"
        finally:
            await asyncio.to_thread(folder.cleanup)
