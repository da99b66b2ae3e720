"""Makes documents, good and bad, for all tests, with other libraries than Socrate reads them with."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import docx
from ebooklib import epub
from fpdf import FPDF
from PIL import Image

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BadFiles = dict[str, tuple[Path, str]]


def make_pdf(
    pages: Sequence[str], *, title: str = "", password: str | None = None, image_only: bool = False, footer: str = ""
) -> bytes:
    """Return a PDF with one text on each page, with ``image_only`` over a picture.

    ``footer`` is on every page, with ``#`` replaced by the page's number. Texts beyond Latin-1 are set in DejaVu Sans,
    which has no Chinese.
    """
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    if title:
        pdf.set_title(title)
    if password is not None:
        pdf.set_encryption(owner_password=f"{password}-owner", user_password=password)
    choose_font(pdf, "".join((*pages, footer)))
    for text in pages:
        pdf.add_page()
        if image_only:
            pdf.image(Image.new("L", (60, 80), 200), x=20, y=20, w=100)
        pdf.set_font_size(11 if len(text) < 3000 else 6)
        pdf.multi_cell(0, None, text, align="L")
        if footer:
            pdf.set_xy(10, 285)
            pdf.cell(0, None, footer.replace("#", str(pdf.page_no())))
    return bytes(pdf.output())


def choose_font(pdf: FPDF, text: str) -> None:
    try:
        text.encode("latin-1")
        pdf.set_font("Helvetica", size=11)
    except UnicodeEncodeError:
        pdf.add_font("DejaVu", fname=find_font())
        pdf.set_font("DejaVu", size=11)


def find_font() -> Path:
    """Return a font in OpenCV's package, which is not imported for it."""
    spec = importlib.util.find_spec("cv2")
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "qt" / "fonts" / "DejaVuSans.ttf"


def make_docx(
    paragraphs: Sequence[str],
    *,
    page_breaks: Collection[int] = (),
    table: Sequence[Sequence[str]] = (),
    title: str = "",
) -> bytes:
    """Return a Word document; ``page_breaks`` are indexes of paragraphs that begin a page. The table comes last."""
    document = docx.Document()
    if title:
        document.add_heading(title, level=1)
    for index, text in enumerate(paragraphs):
        if index in page_breaks:
            document.add_page_break()  # type: ignore[no-untyped-call]
        document.add_paragraph(text)
    if table:
        drawn = document.add_table(rows=len(table), cols=len(table[0]))
        for row, texts in zip(drawn.rows, table, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    return save(document.save)


def make_raw_docx(body: str, **parts: str) -> bytes:
    """Return a Word document with only ``word/document.xml``, with this body, and the given parts."""
    members = {"word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'}
    return make_zip(members | {f"word/{name}.xml": text for name, text in parts.items()})


def make_epub(chapters: Sequence[str], *, title: str = "A book") -> bytes:
    """Return an EPUB with one chapter for each text; blank lines separate paragraphs."""
    book = epub.EpubBook()
    book.set_title(title)
    book.set_language("en")
    items = []
    for number, text in enumerate(chapters, 1):
        item = epub.EpubHtml(title=f"Chapter {number}", file_name=f"chapter{number}.xhtml", lang="en")
        item.content = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
        book.add_item(item)
        items.append(item)
    book.toc = items
    book.add_item(epub.EpubNcx())
    book.spine = items
    return save(lambda file: epub.write_epub(file, book))


def make_raw_epub(chapters: Mapping[str, str | bytes], **members: str) -> bytes:
    """Return an EPUB of these files, by name, in the order of the spine; ``members`` are more files in META-INF."""
    names = list(chapters)
    items = "".join(f'<item id="i{index}" href="{name}"/>' for index, name in enumerate(names))
    spine = "".join(f'<itemref idref="i{index}"/>' for index in range(len(names)))
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>'
    )
    container = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
    head = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "OPS/book.opf": package}
    return make_zip(
        head | {f"OPS/{name}": chapters[name] for name in names} | {f"META-INF/{n}.xml": t for n, t in members.items()}
    )


def make_html(paragraphs: Sequence[str], *, title: str = "A page", charset: str = "utf-8") -> bytes:
    body = "".join(f"<p>{text}</p>\n" for text in paragraphs)
    head = f'<meta charset="{charset}"><title>{title}</title><style>p {{color: red}}</style><script>let a = 1;</script>'
    return f"<!DOCTYPE html>\n<html><head>{head}</head><body>{body}</body></html>".encode(charset)


def make_bad_files(folder: Path) -> BadFiles:
    """Write files that cannot be read, by what is wrong with them; each has the error key that it must end with."""
    return {
        name: (write(folder / file, content), key)
        for name, (file, content, key) in {**make_bad_pdfs(), **make_bad_archives(), **make_bad_others()}.items()
    }


def make_bad_pdfs() -> dict[str, tuple[str, bytes, str]]:
    sound = make_pdf(["The walrus rests on drifting ice and dives for clams."] * 3)
    return {
        "locked": ("locked.pdf", make_pdf(["This text is locked."], password="secret"), "pdf_encrypted"),
        "scanned": ("scanned.pdf", make_pdf(["Seite 1", "Seite 2"], image_only=True), "no_text"),
        "truncated": ("truncated.pdf", sound[: len(sound) // 5], "pdf_damaged"),
        "garbage": ("garbage.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 40, "pdf_damaged"),
        "form in itself": ("form.pdf", make_form_bomb(), "too_heavy"),
    }


def make_bad_archives() -> dict[str, tuple[str, bytes, str]]:
    locked = {"OPS/a.xhtml": "http://www.w3.org/2001/04/xmlenc#aes128-cbc"}
    return {
        "docx that is no zip": ("letter.docx", b"Dear Sir or Madam, this is only text.", "docx_damaged"),
        "docx cut short": ("short.docx", make_docx(["A letter."] * 50)[:9000], "docx_damaged"),
        "docx of broken xml": ("broken.docx", make_raw_docx("<w:p><w:r></w:p>"), "docx_damaged"),
        "docx without text": ("empty.docx", make_docx([""]), "no_text"),
        "zip bomb": ("bomb.docx", make_raw_docx("<w:p/>" * 30_000_000), "too_heavy"),
        "plain zip": ("holiday.zip", make_zip({"photo.txt": "no document"}), "wrong_kind"),
        "locked epub": ("locked.epub", make_raw_epub({"a.xhtml": "x" * 99}, encryption=encrypt(locked)), "epub_locked"),
        "epub without a book": ("hollow.epub", make_zip({"META-INF/container.xml": "<container/>"}), "epub_damaged"),
    }


def make_bad_others() -> dict[str, tuple[str, bytes, str]]:
    return {
        "empty": ("empty.pdf", b"", "file_empty"),
        "program": ("invoice.pdf", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(400), "wrong_kind"),
        "picture": ("picture.txt", save(lambda file: Image.new("L", (9, 9)).save(file, "PNG")), "wrong_kind"),
        "blank text": ("blank.txt", b" \n\t\n \n", "no_text"),
    }


def make_form_bomb() -> bytes:
    """Return a PDF whose form draws itself: PDFium takes gigabytes for these few hundred bytes."""
    draw = "/F Do " * 12
    resources = "/Resources<</XObject<</F 4 0 R>>>>"
    bodies = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]{resources}/Contents 5 0 R>>",
        f"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]{resources}/Length {len(draw)}>>\nstream\n{draw}\nendstream",
        f"<</Length {len(draw)}>>\nstream\n{draw}\nendstream",
    ]
    return write_objects(bodies)


def write_objects(bodies: Sequence[str]) -> bytes:
    text, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(bodies) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Root 1 0 R/Size {size}>>\nstartxref\n{len(text)}\n%%EOF"
    )
    return (text + end).encode("latin-1")


def encrypt(methods: Mapping[str, str]) -> str:
    """Return what an EPUB says about its encrypted members, by their names."""
    space = "http://www.w3.org/2001/04/xmlenc#"
    items = "".join(
        f'<e:EncryptedData><e:EncryptionMethod Algorithm="{method}"/><e:CipherData>'
        f'<e:CipherReference URI="{name}"/></e:CipherData></e:EncryptedData>'
        for name, method in methods.items()
    )
    return f'<encryption xmlns:e="{space}">{items}</encryption>'


def make_zip(members: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else None
            packed.writestr(name, content, stored)
    return file.getvalue()


def save(write_to: Callable[[io.BytesIO], Any]) -> bytes:
    file = io.BytesIO()
    write_to(file)
    return file.getvalue()


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
