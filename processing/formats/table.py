"""The table of formats that Socrate reads.

To add a format, add its row here and a reader module to ``processing/extract/readers``. Recognition, refusals, the
reading child and the sentences that list the formats take it from this table. Readers are named, not imported, because
the bot imports this module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from processing.formats.magic import is_html, is_mp4, is_pdf

ARCHIVE = "archive"
# ``sniff_kind`` returns this for a zip. Only the reading child opens zips and finds their format.
ZIP = "zip"
# The default of ``damaged`` and ``misnamed``. Its sentence names the format.
FORMAT_DAMAGED = "format_damaged"
WRONG_KIND = "wrong_kind"


class Content(StrEnum):
    """How the files of a format are recognised, see ``Format``."""

    BINARY = "binary"
    ZIP = "zip"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    ``kind`` is stored with every document; ``label`` is shown to people (``bot/texts`` may translate it under
    ``format_<kind>``). ``extensions`` are in lower case and have no dot. ``reader`` is ``module:function``, imported
    only in the reading child; ``processing/extract/readers`` says what it returns.

    A file is recognised by its content:

    - ``Content.BINARY``: ``magic``, given the first 8 KiB, returns True.
    - ``Content.ZIP``: ``zip_member`` is in the zip, or the zip begins with a member ``mimetype`` that says one of
      ``mime_types``.
    - ``Content.TEXT``: the file is text and ``magic`` returns True, or it has one of ``extensions``.

    ``damaged`` is the error key for a file that cannot be read, and for one whose reader fails with an unknown error.
    ``misnamed`` is the error key for a file that has one of ``extensions``, but whose content is text or of no known
    format; if it is ``WRONG_KIND``, text under such a name is read as text. Text formats do not use it. ``mistakes``
    are the other error keys that the reader raises. ``holds_passages`` marks the film of an archive, which holds
    passages in place of pages.
    """

    kind: str
    label: str
    extensions: tuple[str, ...]
    mime_types: tuple[str, ...]
    content: Content
    reader: str
    magic: Callable[[bytes], bool] | None = None
    zip_member: str = ""
    damaged: str = FORMAT_DAMAGED
    misnamed: str = FORMAT_DAMAGED
    mistakes: tuple[str, ...] = ()
    holds_passages: bool = False


# The order in which formats are tried when a file is recognised, and in which they are listed to people.
FORMATS = (
    Format(
        kind=ARCHIVE,
        label="film",
        extensions=("mp4",),
        mime_types=("video/mp4",),
        content=Content.BINARY,
        magic=is_mp4,
        reader="processing.archive.read:read_film",
        damaged="archive_damaged",
        misnamed="archive_foreign",
        holds_passages=True,
    ),
    Format(
        kind="pdf",
        label="PDF",
        extensions=("pdf",),
        mime_types=("application/pdf",),
        content=Content.BINARY,
        magic=is_pdf,
        reader="processing.extract.readers.pdf:read",
        damaged="pdf_damaged",
        misnamed=WRONG_KIND,
        mistakes=("pdf_encrypted",),
    ),
    Format(
        kind="docx",
        label="DOCX",
        extensions=("docx",),
        mime_types=("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
        content=Content.ZIP,
        zip_member="word/document.xml",
        reader="processing.extract.readers.docx:read",
        damaged="docx_damaged",
        misnamed="docx_damaged",
    ),
    Format(
        kind="epub",
        label="EPUB",
        extensions=("epub",),
        mime_types=("application/epub+zip",),
        content=Content.ZIP,
        zip_member="META-INF/container.xml",
        reader="processing.extract.readers.epub:read",
        damaged="epub_damaged",
        misnamed="epub_damaged",
        mistakes=("epub_locked",),
    ),
    Format(
        kind="html",
        label="HTML",
        extensions=("html", "htm", "xhtml"),
        mime_types=("text/html", "application/xhtml+xml"),
        content=Content.TEXT,
        magic=is_html,
        reader="processing.extract.readers.html:read",
        damaged="text_unreadable",
    ),
    Format(
        kind="markdown",
        label="Markdown",
        extensions=("md", "markdown", "mdown"),
        mime_types=("text/markdown",),
        content=Content.TEXT,
        reader="processing.extract.readers.markdown:read",
        damaged="text_unreadable",
    ),
    # The last text format takes every text that no other one takes.
    Format(
        kind="text",
        label="text",
        extensions=("txt", "text", "csv", "log"),
        mime_types=("text/plain", "text/csv"),
        content=Content.TEXT,
        reader="processing.extract.readers.text:read",
        damaged="text_unreadable",
    ),
)
BY_KIND = {row.kind: row for row in FORMATS}
BY_EXTENSION = {extension: row for row in FORMATS for extension in row.extensions}
# Error keys that reading any format may end with.
GENERAL_MISTAKES = frozenset((WRONG_KIND, "file_empty", "no_text", "text_unreadable", "too_heavy"))
MISTAKES = GENERAL_MISTAKES.union(*((row.damaged, row.misnamed, *row.mistakes) for row in FORMATS))
# Extensions of files that cannot be read here, refused before the download. Files with other extensions are fetched,
# and their content decides.
UNREADABLE = frozenset(
    "exe msi dll apk dmg iso zip rar 7z gz tar bz2 xz jpg jpeg png gif webp bmp tif tiff heic svg mp3 m4a ogg wav "
    "flac mov avi mkv webm xls xlsx ods ppt pptx odp doc odt rtf mobi azw azw3 djvu psd ai sqlite db".split()
).difference(BY_EXTENSION)
