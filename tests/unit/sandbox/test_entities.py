"""HTML is parsed into entities as Telegram does it, and entities are rendered as HTML for the chat page."""

from __future__ import annotations

import pytest

from sandbox.entities import add_commands_and_urls, parse_html
from sandbox.errors import BadRequest
from sandbox.html import render_html


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("b", "bold"), ("strong", "bold"), ("i", "italic"), ("em", "italic"), ("u", "underline"),
        ("ins", "underline"), ("s", "strikethrough"), ("strike", "strikethrough"), ("del", "strikethrough"),
        ("code", "code"), ("pre", "pre"), ("blockquote", "blockquote"), ("tg-spoiler", "spoiler"), ("B", "bold"),
    ],
)  # fmt: skip
def test_a_simple_tag_becomes_an_entity(tag: str, kind: str) -> None:
    assert parse_html(f"a <{tag}>b</{tag}>") == ("a b", [{"type": kind, "offset": 2, "length": 1}])


def test_offsets_count_utf16_code_units() -> None:
    text, entities = parse_html("🎈é<b>🎈</b>x<i>漢</i>")
    assert text == "🎈é🎈x漢"
    assert [(entity["offset"], entity["length"]) for entity in entities] == [(3, 2), (6, 1)]


def test_nested_entities_are_listed_outermost_first() -> None:
    _, entities = parse_html("<b><i>a</i>b</b><blockquote expandable><u>q</u></blockquote>")
    assert [entity["type"] for entity in entities] == ["bold", "italic", "expandable_blockquote", "underline"]


def test_references_that_telegram_knows_are_decoded() -> None:
    assert parse_html("&lt;b&gt; &amp;&quot; &#233;&#x1F388; &nbsp; & &#0; a&lt")[0] == '<b> &" é🎈 &nbsp; & &#0; a<'


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ('<a href="https://example.org/?a=1&amp;b=2">x</a>', "https://example.org/?a=1&b=2"),
        ("<a href='tg://user?id=7'>x</a>", "tg://user?id=7"),
        ("<a href=example.org>x</a>", "http://example.org"),
        ('<a href="https://example.org/>">x</a>', "https://example.org/>"),
    ],
)
def test_a_link_becomes_an_entity_with_its_address(source: str, url: str) -> None:
    assert parse_html(source) == ("x", [{"type": "text_link", "offset": 0, "length": 1, "url": url}])


def test_a_link_without_a_usable_address_becomes_plain_text() -> None:
    assert parse_html('<a>x</a><a href="javascript:alert(1)">y</a>') == ("xy", [])


def test_a_code_block_keeps_its_language_and_drops_other_markup() -> None:
    text, entities = parse_html('<pre><code class="language-python">a &lt; b</code></pre> <code><b>c</b></code>')
    assert text == "a < b c"
    assert entities == [
        {"type": "pre", "offset": 0, "length": 5, "language": "python"},
        {"type": "code", "offset": 6, "length": 1},
    ]


def test_a_quote_inside_a_quote_is_dropped() -> None:
    _, entities = parse_html("<blockquote>a<blockquote>b</blockquote></blockquote>")
    assert entities == [{"type": "blockquote", "offset": 0, "length": 2}]


def test_a_span_of_the_spoiler_class_becomes_a_spoiler() -> None:
    assert parse_html('<span class="tg-spoiler">x</span>')[1] == [{"type": "spoiler", "offset": 0, "length": 1}]


def test_white_space_at_both_ends_is_stripped_and_entities_move() -> None:
    assert parse_html(" \n<b> a </b>\n") == ("a", [{"type": "bold", "offset": 0, "length": 1}])
    assert parse_html("a<b> </b>") == ("a", [])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("é<foo>", 'Unsupported start tag "foo" at byte offset 2'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
        ("a <", "Unclosed start tag at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_invalid_markup_is_refused_with_telegrams_description(source: str, reason: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_html(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


def test_commands_and_urls_are_found_outside_code_and_links() -> None:
    text, entities = parse_html(
        '/docs a/b <code>/x</code> https://example.org/a. <a href="http://b.cc">https://c.dd</a>'
    )
    found = add_commands_and_urls(text, entities)
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in found] == [
        ("bot_command", 0, 5),
        ("code", 10, 2),
        ("url", 13, 21),
        ("text_link", 36, 12),
    ]


def test_rendered_text_is_escaped() -> None:
    text, entities = parse_html("&lt;script&gt; <b>1 &amp; <i>🎈</i></b>")
    assert render_html(text, entities) == "&lt;script&gt; <b>1 &amp; <i>🎈</i></b>"


def test_rendered_links_never_run_scripts() -> None:
    entity = {"type": "text_link", "offset": 0, "length": 1, "url": "javascript:alert(1)"}
    assert 'href="#"' in render_html("x", [entity])
    quoted = entity | {"url": 'https://a.bc/"><script>'}
    assert "<script>" not in render_html("x", [quoted])


def test_rendered_tags_carry_the_classes_of_the_style_sheet() -> None:
    kinds = ["spoiler", "bot_command", "expandable_blockquote", "unheard_of"]
    html = [render_html("x", [{"type": kind, "offset": 0, "length": 1}]) for kind in kinds]
    assert html == [
        '<span class="spoiler">x</span>',
        '<span class="bot_command">x</span>',
        '<blockquote class="expandable_blockquote">x</blockquote>',
        "x",
    ]
