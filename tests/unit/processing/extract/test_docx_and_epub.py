"""DOCX and EPUB are read page by page, and hostile zips and XML do no harm."""

from __future__ import annotations

import io
import itertools
import zipfile

import pytest

from errors import UserMistake
from tests.documents import encrypt, make_docx, make_epub, make_raw_docx, make_raw_epub
from tests.unit.processing.extract.conftest import Read

PARAGRAPH = "The walrus rests on drifting ice and dives for clams on the sea floor. " * 5
LOREM = "Alias nihil sunt quidem, et omnia praeclara rara. "


def paragraph(text: str, before: str = "") -> str:
    return f"<w:p><w:r>{before}<w:t>{text}</w:t></w:r></w:p>"


def test_word_documents_are_divided_at_their_page_breaks(read: Read) -> None:
    content = make_docx(
        ["Ice drifts south.", "Clams live below.", "The end is near."], page_breaks=[2], title="Walruses"
    )
    kind, pages = read("letter.docx", content)
    assert kind == "docx"
    assert [page.text for page in pages] == ["Walruses\nIce drifts south.\nClams live below.", "The end is near."]


def test_rows_of_word_tables_stay_on_one_line(read: Read) -> None:
    _, pages = read("table.docx", make_docx(["Prices of today:"], table=[["Clam", "3"], ["Sea urchin", "5"]]))
    assert pages[0].text == "Prices of today:\nClam\t3\nSea urchin\t5"


def test_pages_that_word_laid_out_are_the_pages(read: Read) -> None:
    mark = "<w:lastRenderedPageBreak/>"
    body = "".join(paragraph(f"Sheet {number}. {PARAGRAPH * 12}", mark if number > 1 else "") for number in (1, 2, 3))
    _, pages = read("laid.docx", make_raw_docx(body))
    assert [page.text.split(".")[0] for page in pages] == ["Sheet 1", "Sheet 2", "Sheet 3"]
    assert len(pages[0].text) > 4000


def test_a_page_break_and_the_mark_that_word_left_of_it_are_one(read: Read) -> None:
    own = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    body = paragraph("Before the break.") + own + paragraph("Behind the break.", "<w:lastRenderedPageBreak/>")
    _, pages = read("two.docx", make_raw_docx(body))
    assert [page.text for page in pages] == ["Before the break.", "Behind the break."]


def test_long_word_documents_without_marks_are_divided_into_pages(read: Read) -> None:
    _, pages = read("long.docx", make_docx([PARAGRAPH] * 60))
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert all(2000 < len(page.text) <= 3100 for page in pages[:-1])


def test_text_that_word_does_not_show_is_not_read(read: Read) -> None:
    choices = "<mc:Choice>{0}</mc:Choice><mc:Fallback>{0}</mc:Fallback>"
    box = f"<mc:AlternateContent xmlns:mc='m'>{choices}</mc:AlternateContent>"
    body = (
        paragraph("What stays is here.")
        + "<w:p><w:del><w:r><w:delText>struck out</w:delText></w:r></w:del><w:r><w:t>kept</w:t></w:r></w:p>"
        + "<w:p><w:r><w:instrText>PAGEREF _Toc1</w:instrText></w:r></w:p>"
        + box.format(paragraph("In a box."))
    )
    _, pages = read("shown.docx", make_raw_docx(body))
    assert pages[0].text == "What stays is here.\nkept\nIn a box."


def test_footnotes_come_after_the_text(read: Read) -> None:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    notes = f'<w:footnotes xmlns:w="{space}"><w:footnote>{paragraph("So says Pliny.")}</w:footnote></w:footnotes>'
    _, pages = read("notes.docx", make_raw_docx(paragraph("Walruses sleep hanging from cliffs."), footnotes=notes))
    assert pages[-1].text.endswith("So says Pliny.")


def test_each_chapter_of_a_book_begins_a_page(read: Read) -> None:
    kind, pages = read("book.epub", make_epub(["It was a dark night.\n\nIt rained.", "The sun rose.", LOREM * 100]))
    assert kind == "epub"
    assert [page.text for page in pages[:2]] == ["It was a dark night.\nIt rained.", "The sun rose."]
    assert all(page.text.startswith("Alias") and len(page.text) <= 3000 for page in pages[2:])
    assert len(pages) == 4


def test_a_book_is_read_in_the_order_of_its_spine(read: Read) -> None:
    chapters = {
        "z%20last.xhtml": "<p>Zebras are striped animals.</p>",
        "a.xhtml": "<p>Apes come after zebras here.</p>",
    }
    content = make_raw_epub(chapters)
    moved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(moved, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("%20", " "), old.read(name))
    _, pages = read("order.epub", moved.getvalue())
    assert [page.text for page in pages] == ["Zebras are striped animals.", "Apes come after zebras here."]


def test_self_closed_elements_hide_no_text(read: Read) -> None:
    head = "<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'><head><title/>"
    chapter = head + "<script src='a.js'/></head><body><a id='x'/><p>All of this is to be read.</p></body></html>"
    _, pages = read("self.epub", make_raw_epub({"a.xhtml": chapter}))
    assert pages[0].text == "All of this is to be read."


def test_a_book_with_scrambled_fonts_is_read(read: Read) -> None:
    fonts = encrypt({"OPS/a.otf": "http://www.idpf.org/2008/embedding"})
    _, pages = read(
        "fonts.epub", make_raw_epub({"a.xhtml": "<p>The text itself is free to read.</p>"}, encryption=fonts)
    )
    assert pages[0].text == "The text itself is free to read."


def test_a_member_named_as_a_path_is_not_opened_outside_the_zip(read: Read) -> None:
    with pytest.raises(UserMistake, match="epub_damaged"):
        read("slip.epub", make_raw_epub({"../../../../etc/passwd": "<p>root</p>"}).replace(b"passwd", b"passwx", 1))


def test_external_entities_are_not_fetched(read: Read, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("the secret of the machine")
    entity = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{secret}">]>'
    packed = make_raw_docx(paragraph("Here it comes, look: &x; and that was all of it."))
    source = zipfile.ZipFile(io.BytesIO(packed)).read("word/document.xml").decode()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as new:
        new.writestr("word/document.xml", entity + source)
    _, pages = read("entity.docx", content.getvalue())
    assert "Here it comes" in pages[0].text
    assert "secret" not in pages[0].text


def test_a_bomb_of_entities_is_not_expanded(read: Read) -> None:
    names = "abcdefghij"
    levels = "".join(f'<!ENTITY {name} "{f"&{below};" * 10}">' for below, name in itertools.pairwise(names))
    bomb = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{levels}]>'
    _, pages = read("bomb.epub", make_raw_epub({"a.xhtml": f"{bomb}<html><body><p>Boom: &j;</p></body></html>"}))
    assert "Boom" in pages[0].text and len(pages) == 1
    assert len(pages[0].text) < 100
