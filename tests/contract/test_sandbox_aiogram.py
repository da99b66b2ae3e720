"""aiogram against the sandbox: a second client library, whose strict models check every answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.filters import CommandStart
from aiogram.methods import TelegramMethod
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from tests.driver import TOKEN, LoopThread, Sandbox, open_sandbox

SECRET = "only-between-us"
BUTTONS = InlineKeyboardMarkup(
    inline_keyboard=[
        [InlineKeyboardButton(text=name, callback_data=f"do:{name.lower()}") for name in ("Change", "Remove", "Shout")]
    ]
)


def make_aiogram_bot(url: str, token: str = TOKEN) -> Bot:
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))


class AiogramBot:
    """The bot of ``test_sandbox_story.py``, written with aiogram."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.dispatcher = Dispatcher()
        self.dispatcher.message.register(self.greet, CommandStart())
        self.dispatcher.message.register(self.send_back, F.document)
        self.dispatcher.edited_message.register(self.note_edit)
        self.dispatcher.callback_query.register(self.act)
        self.runner: web.AppRunner | None = None
        self.polling: asyncio.Task[None] | None = None

    async def start(self, *, webhook: bool) -> None:
        self.bot = make_aiogram_bot(self.url)
        if not webhook:
            polling = self.dispatcher.start_polling(self.bot, handle_signals=False, polling_timeout=5)
            self.polling = asyncio.create_task(polling)
            return
        site = web.Application()
        SimpleRequestHandler(self.dispatcher, self.bot, secret_token=SECRET).register(site, "/hook")
        self.runner = web.AppRunner(site)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        port = self.runner.addresses[0][1]
        await self.bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token=SECRET)

    async def stop(self) -> None:
        if self.polling is not None:
            await self.dispatcher.stop_polling()
            await self.polling
        if self.runner is not None:
            await self.bot.delete_webhook()
            await self.runner.cleanup()
        await self.bot.session.close()

    async def greet(self, message: Message) -> None:
        assert message.from_user is not None
        text = f"<b>Hi</b> {message.from_user.first_name} 🎈 <i>and <u>welcome</u></i>"
        await message.answer(text, parse_mode="HTML", reply_markup=BUTTONS)

    async def act(self, query: CallbackQuery) -> None:
        assert isinstance(query.message, Message) and query.data is not None
        if query.data == "do:change":
            await query.message.edit_text("<code>changed</code>", parse_mode="HTML", reply_markup=BUTTONS)
        if query.data == "do:remove":
            await query.message.delete()
        await query.answer(f"{query.data} done", show_alert=query.data == "do:shout")

    async def send_back(self, message: Message, bot: Bot) -> None:
        assert message.document is not None
        content = await bot.download(message.document)
        assert isinstance(content, BytesIO)
        data = content.read()
        caption = f"<b>{len(data)}</b> bytes of {message.document.file_name or 'an unnamed file'}"
        await message.reply_document(BufferedInputFile(data[::-1], "back.txt"), caption=caption, parse_mode="HTML")

    async def note_edit(self, message: Message) -> None:
        await message.answer(f"now: {message.text}")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    loop = LoopThread()
    with open_sandbox(loop) as opened:
        yield opened
    loop.close()


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    opened = make_aiogram_bot(sandbox.url)
    yield opened
    await opened.session.close()


@pytest.fixture
def alice(sandbox: Sandbox) -> int:
    return sandbox.person("Alice").id


async def test_every_answer_fits_aiograms_strict_models(bot: Bot, alice: int) -> None:
    assert (await bot.get_me()).id == bot.id
    sent = await bot.send_message(
        alice,
        '<a href="https://example.org/">link</a> <blockquote expandable>q</blockquote> <tg-spoiler>s</tg-spoiler>',
        parse_mode="HTML",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert [entity.type for entity in sent.entities or []] == ["text_link", "expandable_blockquote", "spoiler"]
    assert sent.link_preview_options is not None and sent.link_preview_options.is_disabled
    reply = await bot.send_message(alice, "re", reply_parameters=ReplyParameters(message_id=sent.message_id))
    assert reply.reply_to_message is not None and reply.reply_to_message.message_id == sent.message_id
    assert (await bot.get_chat(alice)).first_name == "Alice"
    assert (await bot.get_webhook_info()).url == ""
    assert await bot.send_chat_action(alice, "typing")
    assert await bot.send_message_draft(chat_id=alice, draft_id=1, text="half")
    assert await bot.delete_messages(alice, [sent.message_id, reply.message_id])
    assert await bot.set_my_description("d") and (await bot.get_my_description()).description == "d"


async def test_files_are_sent_and_downloaded_unchanged(bot: Bot, sandbox: Sandbox) -> None:
    bob = sandbox.person("Bob")
    sent = await bot.send_document(bob.id, BufferedInputFile(b"to Bob", "для Bob.txt"))
    assert sent.document is not None and sent.document.file_name == "для Bob.txt"
    assert sandbox.download(bob.last_bot_message()) == b"to Bob"
    file = await bot.get_file(sent.document.file_id)
    assert file.file_path is not None and file.file_path.endswith(".txt")
    content = await bot.download_file(file.file_path)
    assert content is not None and content.read() == b"to Bob"
    album = await bot.send_media_group(
        bob.id, [InputMediaDocument(media=BufferedInputFile(b"%d" % n, f"{n}.txt")) for n in range(3)]
    )
    assert [message.document and message.document.file_name for message in album] == ["0.txt", "1.txt", "2.txt"]


async def test_each_error_raises_aiograms_own_exception(bot: Bot, sandbox: Sandbox) -> None:
    bob = sandbox.person("Bob")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(404, "x")
    with pytest.raises(TelegramBadRequest, match='Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'):
        await bot.send_message(bob.id, "<b>a</i>", parse_mode="HTML")
    sandbox.fault(method="sendMessage", times=1, error_code=429, retry_after=3)
    with pytest.raises(TelegramRetryAfter) as flood:
        await bot.send_message(bob.id, "x")
    assert flood.value.retry_after == 3
    sandbox.fault(method="sendMessage", times=1, error_code=500)
    with pytest.raises(TelegramServerError):
        await bot.send_message(bob.id, "x")
    sandbox.fault(method="sendMessage", times=1, drop=True)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(bob.id, "x")
    bob.block()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(bob.id, "x")
    await bot.set_webhook("http://127.0.0.1:9/")
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()


async def test_an_unknown_token_or_method_is_refused(bot: Bot, sandbox: Sandbox) -> None:
    stranger = make_aiogram_bot(sandbox.url, "123456:wrong")
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await stranger.session.close()

    class NoSuch(TelegramMethod[bool]):
        __returning__ = bool
        __api_method__ = "noSuchMethod"

    call: Any = NoSuch()
    with pytest.raises(TelegramNotFound):
        await bot(call)
