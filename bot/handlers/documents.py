"""The commands about a person's documents: /docs, /status, /cancel, /delete, /quota."""

from __future__ import annotations

from telegram import Update

from bot.context import Context, get_bot_context, reply
from bot.render.document import render_docs, render_quota, render_status
from bot.render.keyboards import DOCS_PER_PAGE, choice_keyboard
from bot.render.message import Rendered
from bot.tenancy import Person
from bot.texts import say
from processing.documents import library
from processing.types import DocumentView, State

MOST_CHOICES = 20
CANCEL_SENTENCES: dict[str, str] = {State.CANCELLED: "cancel_done", State.WORKING: "cancel_asked"}


async def show_docs(update: Update, context: Context, person: Person) -> None:
    await reply(update, await render_docs_page(context, person, 0))


async def render_docs_page(context: Context, person: Person, offset: int) -> Rendered:
    page = await get_bot_context(context).run(
        library.list_library, person.tenant_id, limit=DOCS_PER_PAGE, offset=offset
    )
    return render_docs(person.language, page.views, page.offset, page.count)


async def show_status(update: Update, context: Context, person: Person) -> None:
    views = await get_bot_context(context).run(library.list_unfinished, person.tenant_id)
    await reply(update, render_status(person.language, views))


async def show_quota(update: Update, context: Context, person: Person) -> None:
    quota = await get_bot_context(context).run(library.get_quota, person.tenant_id)
    await reply(update, render_quota(person.language, quota))


async def show_deletable(update: Update, context: Context, person: Person) -> None:
    page = await get_bot_context(context).run(library.list_library, person.tenant_id, limit=MOST_CHOICES)
    if not page.views:
        await reply(update, render_docs(person.language, [], 0, 0))
        return
    title = say(person.language, "docs_delete_title")
    await reply(update, Rendered(title, choice_keyboard("delete", page.views)))


async def cancel(update: Update, context: Context, person: Person) -> None:
    """/cancel: stop waiting for a new name, or cancel the only unfinished document, or ask which of several."""
    bot_context = get_bot_context(context)
    if person.awaiting:
        await bot_context.run(library.stop_awaiting, person.tenant_id)
        await reply(update, Rendered(say(person.language, "rename_kept")))
        return
    views = await bot_context.run(library.list_unfinished, person.tenant_id)
    if len(views) == 1:
        await reply(update, Rendered(await cancel_one(context, person, views[0])))
        return
    await reply(update, render_cancel_menu(person.language, views))


async def cancel_one(context: Context, person: Person, view: DocumentView) -> str:
    """Cancel a document and return the sentence for its owner: cancelled, being stopped, or finished before that."""
    state = await get_bot_context(context).run(library.cancel_document, person.tenant_id, view.id)
    key = CANCEL_SENTENCES.get(state, "cancel_late")
    return say(person.language, key, name=view.name)


def render_cancel_menu(language: str, views: list[DocumentView]) -> Rendered:
    if not views:
        return Rendered(say(language, "cancel_none"))
    return Rendered(say(language, "cancel_which"), choice_keyboard("cancel", views[:MOST_CHOICES]))
