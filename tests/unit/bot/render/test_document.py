"""/quota says in figures that people know what they have used and may still use."""

from __future__ import annotations

import pytest

from bot.render.document import render_quota
from processing.documents.library import Quota

MEGABYTE = 1024 * 1024
QUOTA = Quota(
    used=12 * MEGABYTE, sent=4 * MEGABYTE, allowed=1000 * MEGABYTE, count=2, max_file=20 * MEGABYTE, uploads_left=1,
    questions_left=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "2 documents. 12 MB of 1,000 MB used: 4 MB are your files, 8 MB what is made of them.",
                "One file may be up to 20 MB.",
                "You can send one more document within this hour.",
                "You can ask no more questions within this minute.",
            ],
        ),
        (
            "it",
            [
                "2 documenti. 12 MB di 1.000 MB usati: 4 MB sono i tuoi file, 8 MB quello che ne è stato fatto.",
                "Un file può arrivare a 20 MB.",
                "In quest'ora puoi mandare ancora un documento.",
                "In questo minuto non puoi fare altre domande.",
            ],
        ),
    ],
)
def test_quota_names_files_what_is_made_of_them_and_what_is_left(language: str, lines: list[str]) -> None:
    assert render_quota(language, QUOTA).text.splitlines() == lines


def test_quota_without_rate_limits_says_nothing_about_them() -> None:
    nothing = Quota(0, 0, MEGABYTE, 0, MEGABYTE, None, None)
    assert render_quota("en", nothing).text.splitlines() == [
        "No documents yet. 0 kB of 1 MB used: 0 kB are your files, 0 kB what is made of them.",
        "One file may be up to 1 MB.",
    ]
