"""Markdown of a model becomes Telegram HTML that always parses and holds no other tags."""

from __future__ import annotations

import pytest

from bot.render.markdown import format_markdown
from sandbox.entities import parse_html

CASES = {
    "**Yes**, *indeed* it `is_so`": "<b>Yes</b>, <i>indeed</i> it <code>is_so</code>",
    "# Title\n- one\n* two": "<b>Title</b>\n• one\n• two",
    "a < b & c > d": "a &lt; b &amp; c &gt; d",
    "```python\nif a < b:\n    **x**\n```\nafter": "<pre>if a &lt; b:\n    **x**</pre>\n\nafter",
    "2 * 3 * 4 and a*b*c": "2 * 3 * 4 and a*b*c",
    "**a *b* c**": "<b>a <i>b</i> c</b>",
    "`**not bold**`": "<code>**not bold**</code>",
}


@pytest.mark.parametrize(("written", "html"), CASES.items())
def test_the_markdown_that_models_use_becomes_html(written: str, html: str) -> None:
    assert format_markdown(written) == html


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script><a href='https://evil.example'>x</a>",
        "** * ** * `` ` **",
        "**a *b** c*",
        "*a **b* c**",
        "```\nnever closed **",
        "# **x** # `y`",
        "**`a**`",
        "&lt;b&gt; &amp;",
        "<b>**x</b>**",
    ],
)
def test_any_text_becomes_html_that_parses_and_shows_it(written: str) -> None:
    text, entities = parse_html(format_markdown(written))
    assert {entity["type"] for entity in entities} <= {"bold", "italic", "code", "pre"}
    assert "evil" not in written or "<a href='https://evil.example'>" in text
