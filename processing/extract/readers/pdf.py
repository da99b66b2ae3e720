"""Reads PDF with PDFium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from errors import UserMistake
from processing.text.cleaning import LINE_ENDS, repair_page
from processing.text.running_lines import drop_running_lines
from processing.types import Page

# A document with pictures and fewer letters than this is a scan: stamps and page numbers may be text even in a scan.
FEWEST_LETTERS = 20
# This many pages, the first ones, are searched for pictures.
PAGES_PROBED = 20


def read(file: BinaryIO) -> tuple[int | None, Iterator[Page]]:
    """Return the number of pages and the pages. Raise ``UserMistake`` (``pdf_encrypted``, ``pdf_damaged``)."""
    try:
        document = pypdfium2.PdfDocument(file)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        locked = {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
        raise UserMistake("pdf_encrypted" if error.err_code in locked else "pdf_damaged") from None
    if count == 0:
        raise UserMistake("pdf_damaged")
    return count, iterate_pages(document, count)


def iterate_pages(document: pypdfium2.PdfDocument, count: int) -> Iterator[Page]:
    """Yield the pages. A page that PDFium cannot load is empty, so that the others keep their numbers.

    Raise ``UserMistake`` after the last page: ``pdf_damaged`` if most pages could not be loaded, ``no_text`` if there
    are pictures and fewer than ``FEWEST_LETTERS`` letters.
    """
    texts, letters = PageTexts(document, count), 0
    for number, text in enumerate(drop_running_lines(texts), 1):
        letters += sum(map(str.isalnum, text)) if letters < FEWEST_LETTERS else 0
        yield Page(number, repair_page(text))
    if texts.broken > count / 2:
        raise UserMistake("pdf_damaged")
    if letters < FEWEST_LETTERS and has_pictures(document, min(count, PAGES_PROBED)):
        raise UserMistake("no_text")
    document.close()


def has_pictures(document: pypdfium2.PdfDocument, count: int) -> bool:
    for index in range(count):
        with suppress(pypdfium2.PdfiumError), closing(document[index]) as page:
            if next(page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=2), None) is not None:
                return True
    return False


class PageTexts:
    """The text of each page as PDFium gives it; ``broken`` counts the pages that it could not load."""

    def __init__(self, document: pypdfium2.PdfDocument, count: int) -> None:
        self._document, self._count = document, count
        self.broken = 0

    def __iter__(self) -> Iterator[str]:
        for index in range(self._count):
            try:
                yield LINE_ENDS.sub("\n", read_page(self._document, index))
            except pypdfium2.PdfiumError:
                self.broken += 1
                yield ""


def read_page(document: pypdfium2.PdfDocument, index: int) -> str:
    with closing(document[index]) as page, closing(page.get_textpage()) as text_page:
        return str(text_page.get_text_range())
