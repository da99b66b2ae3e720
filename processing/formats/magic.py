"""Functions that recognise a format by a file's first bytes, for the rows of ``processing/formats/table.py``."""

from __future__ import annotations

import re

# Some producers put a few bytes before the signature, so it is looked for in this many bytes. Behind other bytes than
# white space it counts only with a version number, because a text may mention "%PDF-".
PDF_WINDOW = 1024
PDF_SIGNATURE = re.compile(rb"\A[\s\x00\xef\xbb\xbf]*%PDF-|%PDF-\d\.\d[\s%]")
# An MP4 begins with the length of its first box (four bytes, the first of them 0) and the name of that box.
MP4_BOX, MP4_BOX_OFFSET = b"ftyp", 4
BYTE_ORDER_MARKS = b"\xef\xbb\xbf\xfe\xff"
# Atomic groups prevent catastrophic backtracking over a long chain of comments.
HTML_START = re.compile(
    rb"\s*+(?><\?xml.*?\?>\s*+)?(?><!--.*?-->\s*+)*+<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)


def is_mp4(head: bytes) -> bool:
    return head.startswith(MP4_BOX, MP4_BOX_OFFSET) and head[0] == 0


def is_pdf(head: bytes) -> bool:
    return PDF_SIGNATURE.search(head[:PDF_WINDOW]) is not None


def is_html(head: bytes) -> bool:
    """Return whether the text begins as a web page does. NUL bytes are ignored, so that UTF-16 is recognised, too."""
    return HTML_START.match(head.replace(b"\0", b"").lstrip(BYTE_ORDER_MARKS)) is not None
