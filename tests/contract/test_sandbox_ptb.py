"""python-telegram-bot against the sandbox: its updater, its objects, and its exceptions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from aiohttp import web
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    Message,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.ext import Application, ApplicationBuilder, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from tests.driver import TOKEN, LoopThread, Sandbox, open_sandbox

SECRET = "only-between-us"
BUTTONS = InlineKeyboardMarkup(
    [[InlineKeyboardButton(name, callback_data=f"do:{name.lower()}") for name in ("Change", "Remove", "Shout")]]
)


class PtbBot:
    """The bot of ``test_sandbox_story.py``, written with python-telegram-bot."""

    def __init__(self, url: str) -> None:
        builder = ApplicationBuilder().token(TOKEN).base_url(f"{url}/bot").base_file_url(f"{url}/file/bot")
        self.app: Application[Any, Any, Any, Any, Any, Any] = builder.build()
        self.app.add_handler(CommandHandler("start", self.greet))
        self.app.add_handler(CallbackQueryHandler(self.act))
        self.app.add_handler(MessageHandler(filters.Document.ALL, self.send_back))
        self.app.add_handler(MessageHandler(filters.TEXT & filters.UpdateType.EDITED_MESSAGE, self.note_edit))
        self.runner: web.AppRunner | None = None

    async def start(self, *, webhook: bool) -> None:
        await self.app.initialize()
        await self.app.start()
        assert self.app.updater is not None
        if not webhook:
            await self.app.updater.start_polling()
            return
        site = web.Application()
        site.router.add_post("/hook", self.receive)
        self.runner = web.AppRunner(site)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        port = self.runner.addresses[0][1]
        await self.app.bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token=SECRET)

    async def stop(self) -> None:
        assert self.app.updater is not None
        if self.app.updater.running:
            await self.app.updater.stop()
        if self.runner is not None:
            await self.app.bot.delete_webhook()
            await self.runner.cleanup()
        await self.app.stop()
        await self.app.shutdown()

    async def receive(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Telegram-Bot-Api-Secret-Token") != SECRET:
            return web.Response(status=403)
        await self.app.update_queue.put(Update.de_json(await request.json(), self.app.bot))
        return web.Response()

    async def greet(self, update: Update, _context: Any) -> None:
        assert update.message is not None and update.effective_user is not None
        text = f"<b>Hi</b> {update.effective_user.first_name} 🎈 <i>and <u>welcome</u></i>"
        await update.message.reply_html(text, reply_markup=BUTTONS)

    async def act(self, update: Update, _context: Any) -> None:
        query = update.callback_query
        assert query is not None and query.data is not None
        if query.data == "do:change":
            await query.edit_message_text("<code>changed</code>", parse_mode="HTML", reply_markup=BUTTONS)
        if query.data == "do:remove":
            await query.delete_message()
        await query.answer(f"{query.data} done", show_alert=query.data == "do:shout")

    async def send_back(self, update: Update, _context: Any) -> None:
        message = update.message
        assert message is not None and message.document is not None
        content = bytes(await (await message.document.get_file()).download_as_bytearray())
        caption = f"<b>{len(content)}</b> bytes of {message.document.file_name or 'an unnamed file'}"
        await message.reply_document(
            BytesIO(content[::-1]), filename="back.txt", caption=caption, parse_mode="HTML", do_quote=True
        )

    async def note_edit(self, update: Update, _context: Any) -> None:
        assert update.edited_message is not None
        await update.edited_message.reply_text(f"now: {update.edited_message.text}")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    loop = LoopThread()
    with open_sandbox(loop) as opened:
        yield opened
    loop.close()


def make_ptb_bot(url: str, token: str = TOKEN) -> Bot:
    return Bot(token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot")


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with make_ptb_bot(sandbox.url) as opened:
        yield opened


@pytest.fixture
def alice(sandbox: Sandbox) -> int:
    return sandbox.person("Alice").id


async def test_the_bots_id_comes_from_its_token(bot: Bot) -> None:
    assert bot.id == 123456
    assert (await bot.get_me()).username == "socrate_sandbox_bot"


async def test_every_answer_is_a_complete_object(bot: Bot, alice: int) -> None:
    message = await bot.send_message(alice, "one", reply_markup=ForceReply(input_field_placeholder="Name"))
    assert (message.chat_id, message.text, message.from_user and message.from_user.is_bot) == (alice, "one", True)
    second = await bot.send_message(alice, "two", reply_parameters=ReplyParameters(message.message_id))
    assert second.reply_to_message is not None and second.reply_to_message.text == "one"
    photo = await bot.send_photo(alice, b"\x89PNG not really", caption="<i>seen</i>", parse_mode="HTML")
    assert photo.photo and photo.caption == "seen"
    video = await bot.send_video(alice, b"film", filename="film.mp4", duration=7)
    assert video.video is not None and video.video.file_name == "film.mp4"
    assert video.video.to_dict()["duration"] == 7
    assert await bot.send_chat_action(alice, "typing")
    assert (await bot.get_chat(alice)).first_name == "Alice"
    assert await bot.set_message_reaction(alice, second.message_id, "👍")
    assert await bot.pin_chat_message(alice, second.message_id)
    assert await bot.delete_messages(alice, [message.message_id, second.message_id])


async def test_an_album_takes_files_by_bytes_and_by_id(bot: Bot, alice: int) -> None:
    first = await bot.send_document(alice, b"same bytes", filename="a.txt")
    assert first.document is not None
    album = await bot.send_media_group(
        alice, [InputMediaDocument(b"same bytes", filename="b.txt"), InputMediaDocument(first.document.file_id)]
    )
    documents = [message.document for message in album]
    assert [document and document.file_name for document in documents] == ["b.txt", "a.txt"]
    assert len({document.file_unique_id for document in documents if document}) == 1
    assert len({first.document.file_id, *(document.file_id for document in documents if document)}) == 3
    assert len({message.media_group_id for message in album}) == 1 and album[0].media_group_id


async def test_commands_are_chosen_by_scope_and_language(bot: Bot, sandbox: Sandbox) -> None:
    await bot.set_my_commands([BotCommand("help", "Help")])
    await bot.set_my_commands([BotCommand("help", "Aiuto")], language_code="it")
    assert sandbox.commands("it") == [{"command": "help", "description": "Aiuto"}]
    assert sandbox.commands("fr") == [{"command": "help", "description": "Help"}]
    await bot.set_my_commands([BotCommand("docs", "Yours")], scope=BotCommandScopeAllPrivateChats())
    assert sandbox.commands("it")[0]["command"] == "docs"
    assert (await bot.get_my_commands(language_code="it"))[0].description == "Aiuto"
    await bot.delete_my_commands(scope=BotCommandScopeAllPrivateChats())
    assert sandbox.commands("it")[0]["description"] == "Aiuto"
    await bot.set_my_short_description("Ask your documents")
    assert (await bot.get_my_short_description(language_code="it")).short_description == "Ask your documents"


async def test_bad_calls_are_refused_with_telegrams_descriptions(bot: Bot, alice: int) -> None:
    sent = await bot.send_message(alice, "<b>hello</b>", parse_mode="HTML")
    for description, call in {
        "message is not modified": bot.edit_message_text("<b>hello</b>", alice, sent.message_id, parse_mode="HTML"),
        "message to edit not found": bot.edit_message_text("x", alice, sent.message_id + 1000),
        "message to delete not found": bot.delete_message(alice, sent.message_id + 1000),
        "chat not found": bot.send_message(404, "x"),
        "can't parse entities: unsupported start tag": bot.send_message(alice, "a <foo> b", parse_mode="HTML"),
        "can't find end tag": bot.send_message(alice, "<b>a", parse_mode="HTML"),
        "message is too long": bot.send_message(alice, "x" * 4097),
        "message caption is too long": bot.send_document(alice, b"x", caption="x" * 1025),
        "message text is empty": bot.send_message(alice, "<b> </b>\n", parse_mode="HTML"),
        "button_data_invalid": bot.send_message(alice, "x", reply_markup=make_button("è" * 33)),
        "query is too old": bot.answer_callback_query("1"),
        "wrong file identifier": bot.send_document(alice, "no-such-file"),
    }.items():
        with pytest.raises(BadRequest) as caught:
            await call
        assert description in str(caught.value).lower()


async def test_the_length_limit_counts_utf16_code_units_without_markup(bot: Bot, alice: int) -> None:
    sent = await bot.send_message(alice, "<b>" + "🎈" * 2048 + "</b>", parse_mode="HTML")
    assert [(entity.offset, entity.length) for entity in sent.entities] == [(0, 4096)]
    with pytest.raises(BadRequest, match="too long"):
        await bot.send_message(alice, "🎈" * 2048 + "x")


async def test_a_persons_message_cannot_be_edited(bot: Bot, sandbox: Sandbox) -> None:
    bob = sandbox.person("Bob")
    with pytest.raises(BadRequest, match="(?i)message can't be edited"):
        await bot.edit_message_text("x", bob.id, bob.say("mine"))


async def test_large_files_blocked_bots_and_wrong_tokens_raise_ptbs_own_exceptions(bot: Bot, sandbox: Sandbox) -> None:
    bob = sandbox.person("Bob")
    number = bob.send_file(b"small", "big.pdf", announced_size=25_000_000)
    document = next(message for message in bob.messages() if message["message_id"] == number)["document"]
    assert document["file_size"] == 25_000_000
    with pytest.raises(BadRequest, match="(?i)file is too big"):
        await bot.get_file(document["file_id"])
    bob.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(bob.id, "x")
    with pytest.raises(InvalidToken, match="rejected"):
        await make_ptb_bot(sandbox.url, "123456:wrong").initialize()
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("noSuchMethod")


async def test_each_fault_raises_ptbs_own_exception(bot: Bot, alice: int, sandbox: Sandbox) -> None:
    sandbox.fault(method="sendMessage", chat_id=alice, times=1, retry_after=7)
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(alice, "x")
    assert flood.value.retry_after in {7, timedelta(seconds=7)}
    sandbox.fault(method="sendMessage", times=1, html="<html>502 Bad Gateway</html>")
    with pytest.raises(NetworkError):
        await bot.send_message(alice, "x")
    sandbox.fault(method="sendMessage", times=1, drop=True)
    with pytest.raises(NetworkError):
        await bot.send_message(alice, "x")
    sandbox.fault(method="sendMessage", times=1, delay=1.0)
    with pytest.raises(TimedOut):
        await bot.send_message(alice, "late", read_timeout=0.2)
    sandbox.fault(method="*", chat_id=alice, times=1, error_code=403, description="Forbidden: user is deactivated")
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(alice, "x")


async def test_a_call_whose_answer_is_lost_may_have_taken_effect(bot: Bot, sandbox: Sandbox) -> None:
    bob = sandbox.person("Bob")
    sandbox.fault(method="sendMessage", times=1, drop=True, after_effect=True)
    with pytest.raises(NetworkError):
        await bot.send_message(bob.id, "twice?")
    assert [message["text"] for message in bob.messages()] == ["twice?"]
    assert (await bot.send_message(bob.id, "once")).text == "once"


async def test_a_second_poll_or_a_webhook_is_a_conflict(bot: Bot, sandbox: Sandbox) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.2)
    async with make_ptb_bot(sandbox.url) as other:
        second = asyncio.create_task(other.get_updates(timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        await check_webhook_ends_polling(bot, second)


async def check_webhook_ends_polling(bot: Bot, polling: asyncio.Task[tuple[Update, ...]]) -> None:
    await bot.set_webhook("http://127.0.0.1:9/")
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await polling
    with pytest.raises(Conflict, match="while webhook is active"):
        await bot.get_updates()
    assert (await bot.get_webhook_info()).url == "http://127.0.0.1:9/"
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


def make_button(data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=data)]])


async def test_an_edited_message_keeps_its_id_and_has_an_edit_date(bot: Bot, alice: int) -> None:
    sent = await bot.send_message(alice, "0 %", reply_markup=make_button("cancel"))
    edited = await bot.edit_message_text("50 %", alice, sent.message_id)
    assert isinstance(edited, Message)
    assert (edited.message_id, edited.text, edited.reply_markup) == (sent.message_id, "50 %", None)
    assert edited.edit_date is not None and edited.date == sent.date
    again = await bot.edit_message_reply_markup(alice, sent.message_id, reply_markup=make_button("retry"))
    assert isinstance(again, Message) and again.reply_markup == make_button("retry")
