"""Renders documents: progress, the card, the list, /status, /quota and the reason of a failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.render import keyboards
from bot.render.format import draw_bar, format_duration, format_size
from bot.render.message import Rendered
from bot.texts import has_text, name_format, say
from processing.documents.library import Quota
from processing.types import DocumentView, Stage, State


def render_document(view: DocumentView) -> Rendered:
    """Return the text of the progress message of a document, for its present state."""
    return DOCUMENT_RENDERERS[view.state](view)


def render_queued(view: DocumentView) -> Rendered:
    text = say(view.language, "queued", name=view.name, queue_position=view.queue_position or 0)
    return Rendered(text, keyboards.progress_keyboard(view.language, view.id))


def render_progress(view: DocumentView) -> Rendered:
    language = view.language
    title = (
        say(language, "progress_title_pages", name=view.name, pages=view.pages)
        if view.pages
        else say(language, "progress_title", name=view.name)
    )
    lines = [title, say(language, f"stage_{view.stage or Stage.READING}"), f"{draw_bar(view.percent)} {view.percent} %"]
    lines.append(" · ".join(render_figures(view)))
    if view.cancelling:
        lines.append(say(language, "progress_cancelling"))
    elif view.searchable:
        lines.append(f"<i>{say(language, 'progress_searchable')}</i>")
    return Rendered("\n".join(lines), keyboards.progress_keyboard(language, view.id))


def render_figures(view: DocumentView) -> list[str]:
    """Return sentences for the steps done, the time elapsed and the time left; figures not known are left out."""
    language = view.language
    figures = []
    if view.total:
        figures.append(say(language, "progress_count", done=view.done, total=view.total))
    figures.append(say(language, "progress_elapsed", time=format_duration(view.elapsed)))
    if view.left is not None:
        figures.append(say(language, "progress_left", time=format_duration(view.left)))
    return figures


def render_ready(view: DocumentView) -> Rendered:
    language = view.language
    facts = say(
        language, "ready_facts", pages=view.pages or 0, passages=view.passages or 0, time=format_duration(view.elapsed)
    )
    text = f"{say(language, 'ready', name=view.name)}\n{facts}\n{say(language, 'ready_hint')}"
    return Rendered(text, keyboards.ready_keyboard(language, view.id))


def render_failed(view: DocumentView) -> Rendered:
    reason = render_error(view.language, view.error_key, view.error_facts)
    return Rendered(f"{say(view.language, 'failed', name=view.name)}\n{reason}", keyboards.retry_keyboard(view))


def render_cancelled(view: DocumentView) -> Rendered:
    return Rendered(say(view.language, "ended_cancelled", name=view.name))


DOCUMENT_RENDERERS: dict[str, Callable[[DocumentView], Rendered]] = {
    State.QUEUED: render_queued,
    State.WORKING: render_progress,
    State.READY: render_ready,
    State.FAILED: render_failed,
    State.CANCELLED: render_cancelled,
}


def render_error(language: str, key: str | None, facts: dict[str, object] | None = None) -> str:
    """Return the sentence for the error ``key``, or a general one if there is none for it."""
    known, facts = key if key and has_text(key) else "error_unexpected", dict(facts or {})
    if "format" in facts:
        facts["label"] = name_format(language, str(facts["format"]), str(facts["label"]))
    return say(language, known, **facts)


def render_docs(language: str, views: Sequence[DocumentView], offset: int, count: int) -> Rendered:
    if not views:
        return Rendered(say(language, "no_documents"), keyboards.start_keyboard(language))
    lines = [say(language, "docs_title", count=count)]
    lines += [f"{offset + number}. {render_line(view)}" for number, view in enumerate(views, start=1)]
    lines.append(f"\n<i>{say(language, 'docs_hint')}</i>")
    return Rendered("\n".join(lines), keyboards.docs_keyboard(language, views, offset, count))


def render_line(view: DocumentView) -> str:
    return say(view.language, f"docs_line_{view.state}", name=view.name, pages=view.pages or 0, percent=view.percent)


def render_card(view: DocumentView, offset: int) -> Rendered:
    text = f"{render_line(view)}\n{view.kind.upper()} · {format_size(view.size_bytes, view.language)}"
    return Rendered(text, keyboards.card_keyboard(view, offset))


def render_status(language: str, views: Sequence[DocumentView]) -> Rendered:
    if not views:
        return Rendered(say(language, "status_none"))
    lines = [say(language, "status_title"), *(render_running(view) for view in views)]
    return Rendered("\n".join(lines), keyboards.make_keyboard([(say(language, "button_cancel"), "cancelmenu")]))


def render_running(view: DocumentView) -> str:
    language = view.language
    if view.state == State.QUEUED:
        return say(language, "status_queued", name=view.name, queue_position=view.queue_position or 1)
    stage = say(language, f"stage_{view.stage or Stage.READING}")
    return say(language, "status_working", name=view.name, stage=stage, percent=view.percent)


def render_quota(language: str, quota: Quota) -> Rendered:
    """Return how much space is used, and by what, and what may still be sent and asked now."""
    sizes = {
        "used": quota.used,
        "allowed": quota.allowed,
        "sent": quota.sent,
        "made": max(0, quota.used - quota.sent),
        "limit": quota.max_file,
    }
    facts = {name: format_size(size, language) for name, size in sizes.items()}
    lines = [say(language, "quota", count=quota.count, **facts)]
    if quota.uploads_left is not None:
        lines.append(say(language, "quota_uploads", count=quota.uploads_left))
    if quota.questions_left is not None:
        lines.append(say(language, "quota_questions", count=quota.questions_left))
    return Rendered("\n".join(lines))
