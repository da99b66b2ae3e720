"""Plain text, Markdown and HTML are read in any encoding."""

from __future__ import annotations

import pytest

from errors import UserMistake
from tests.documents import make_html
from tests.unit.processing.extract.conftest import Read

SENTENCES = {
    "it": "La città di Bologna è nota per i suoi portici, perché sono lunghi.",
    "fr": "L'été à Nîmes, où les garçons naïfs mangent des pâtes près du château.",
    "de": "Die Straßenbahn fährt über die große Brücke zum Südbahnhof.",
    "ru": "Москва стоит на семи холмах, и река течёт через весь город.",
    "el": "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας και μία από τις αρχαιότερες πόλεις.",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności; są obdarzeni rozumem.",
    "ja": "東京は日本の首都であり、世界でも有数の大都市です。電車がとても便利です。",
    "zh": "北京是中华人民共和国的首都，有三千多年的建城历史。故宫位于城市的中心。",
    "hi": "दिल्ली भारत की राजधानी है। यह यमुना नदी के किनारे बसी हुई है।",
}
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
OWN = {"it": "latin-1", "fr": "cp1252", "de": "latin-1", "ru": "cp1251", "el": "cp1253", "pl": "cp1250"} | {
    "ja": "shift_jis",
    "zh": "gb18030",
}


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("language", SENTENCES)
def test_every_unicode_encoding_is_read(read: Read, language: str, encoding: str) -> None:
    text = "\n".join([SENTENCES[language]] * 5)
    kind, pages = read("note.txt", text.encode(encoding))
    assert (kind, "".join(pages[0].text.split())) == ("text", "".join(text.split()))


@pytest.mark.parametrize("repeats", [1, 20])
@pytest.mark.parametrize(("language", "encoding"), OWN.items())
def test_the_encoding_of_one_language_is_guessed(read: Read, language: str, encoding: str, repeats: int) -> None:
    _, pages = read("note.txt", "\n\n".join([SENTENCES[language]] * repeats).encode(encoding))
    assert pages[0].text == "\n\n".join([SENTENCES[language]] * repeats)


def test_nul_bytes_and_control_characters_are_removed(read: Read) -> None:
    kind, pages = read("nul.txt", "Caffè\0 e l\u00adatte,\x07 al banco\0.\r\nEcco.".encode())
    assert (kind, pages[0].text) == ("text", "Caffè e latte, al banco.\nEcco.")


def test_nul_bytes_in_latin_1_are_removed(read: Read) -> None:
    _, pages = read("nul.txt", "Il caffè\0 è caldo perché è appena\0 fatto.".encode("latin-1"))
    assert pages[0].text == "Il caffè è caldo perché è appena fatto."


def test_one_broken_byte_does_not_change_the_encoding(read: Read) -> None:
    content = (SENTENCES["ru"] * 3).encode() + b"\xff" + SENTENCES["ru"].encode()
    _, pages = read("scar.txt", content)
    assert pages[0].text.count("Москва") == 4


def test_accents_are_composed(read: Read) -> None:
    _, pages = read("nfd.txt", "Perche\u0301 no, disse il caffe\u0300.".encode())
    assert pages[0].text == "Perché no, disse il caffè."


def test_form_feeds_end_pages_empty_ones_too(read: Read) -> None:
    _, pages = read("paged.txt", b"First sheet of paper\f\fThird sheet of paper\f")
    assert [(page.number, page.text) for page in pages] == [
        (1, "First sheet of paper"),
        (2, ""),
        (3, "Third sheet of paper"),
    ]


def test_long_text_is_divided_into_pages(read: Read) -> None:
    lines = [f"Line {number} of a long list" for number in range(2000)]
    _, pages = read("long.txt", "\n".join(lines).encode())
    assert "\n".join(page.text for page in pages).split("\n") == lines
    assert all(len(page.text) < 3400 for page in pages)


def test_wrapped_lines_are_joined_and_verse_keeps_its_lines(read: Read) -> None:
    prose = (
        "The walrus rests on drifting ice and dives for clams on\nthe sea floor; its tusks help it to haul itself out."
    )
    verse = "The time has come,\nthe Walrus said,\nto talk of many things"
    _, pages = read("alice.txt", f"{prose}\n\n{verse}\n".encode())
    assert pages[0].text == prose.replace("\n", " ") + "\n\n" + verse


def test_markdown_is_read_without_its_markup(read: Read) -> None:
    prose = "# Walruses\nThey live on **ice**.\n\n> A [quote](http://x.org/y) of old.\n\n"
    source = prose + "```sh\n# no heading\n```\n\n- one\n- two\n"
    kind, pages = read("readme.md", source.encode())
    assert kind == "markdown"
    lines = [line for line in pages[0].text.split("\n") if line]
    assert lines == ["Walruses", "They live on ice.", "A quote of old.", "# no heading", "- one", "- two"]


def test_html_is_read_as_its_title_and_blocks(read: Read) -> None:
    kind, pages = read("page.bin", make_html(["Ice &amp; <b>clams</b>", "The end."], title="Walruses"))
    assert (kind, pages[0].text) == ("html", "Walruses\nIce & clams\nThe end.")


def test_hidden_html_is_not_read(read: Read) -> None:
    paragraphs = [
        "What one sees.",
        "<span style='display: none'>unseen</span> And this.",
        "<span hidden>unseen</span>Too.",
        "<!-- unseen --><noscript>unseen</noscript>Last.",
    ]
    _, pages = read("page.html", make_html(paragraphs, title="Looks"))
    assert pages[0].text == "Looks\nWhat one sees.\nAnd this.\nToo.\nLast."


def test_rows_of_html_tables_stay_on_one_line(read: Read) -> None:
    table = "<table>\n\t<tr><th>Name</th>\n\t<th>Price</th></tr><tr><td><p>Clam</p></td><td>3</td></tr></table>"
    _, pages = read("table.html", make_html([table], title=""))
    assert pages[0].text == "Name\tPrice\nClam\t3"


@pytest.mark.parametrize(
    ("language", "charset"), [("ru", "koi8-r"), ("it", "iso-8859-1"), ("ja", "euc-jp"), ("zh", "gb2312")]
)
def test_html_is_decoded_as_it_declares(read: Read, language: str, charset: str) -> None:
    _, pages = read("page.html", make_html([SENTENCES[language]], title="", charset=charset))
    assert pages[0].text == SENTENCES[language]


def test_html_in_utf_16_is_recognised_without_its_extension(read: Read) -> None:
    kind, pages = read("page", make_html(["Wide letters all along."], title="", charset="utf-16"))
    assert (kind, pages[0].text) == ("html", "Wide letters all along.")


def test_deeply_nested_html_is_read(read: Read) -> None:
    _, pages = read("deep.html", b"<html><body>" + b"<font>" * 1500 + b"The bottom of the well.")
    assert pages[0].text == "The bottom of the well."


def test_html_too_deep_for_the_parser_is_refused(read: Read) -> None:
    with pytest.raises(UserMistake, match="too_heavy"):
        read("deep.html", b"<html><body>" + b"<div>" * 20_000 + b"The bottom of the well.")
