"""Any name that people send becomes one that can be shown, and a file name that any system can save."""

from __future__ import annotations

import pytest

from processing.documents.names import clean_name, make_file_name, make_film_name

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Windows\\drivers.pdf", "drivers.pdf"),
        ("  two \n lines.pdf ", "two lines.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("cafe\u0301.txt", "café.txt"),
        (f"{FAMILY}.pdf", f"{FAMILY}.pdf"),
        ("...", "document"),
        ("\u200b\u200b", "document"),
        (None, "document"),
    ],
)
def test_a_name_is_shown_without_path_and_invisible_characters(sent: str | None, shown: str) -> None:
    assert clean_name(sent) == shown


def test_a_long_name_is_shortened_and_keeps_its_suffix() -> None:
    assert clean_name("n" * 300 + ".pdf") == "n" * 115 + "….pdf"


@pytest.mark.parametrize("letters", [112, 113, 114, 115])
def test_shortening_does_not_split_an_emoji(letters: int) -> None:
    shortened = clean_name("n" * letters + FAMILY * 3 + ".pdf")
    assert shortened.strip("n").removesuffix("….pdf") in {FAMILY * times for times in range(3)}
    assert len(shortened) <= 120


def test_file_names_hold_no_characters_that_a_file_system_refuses() -> None:
    assert make_file_name('What? "A|B" <1>: yes*.pdf') == "What_ _A_B_ _1__ yes_.pdf"
    assert make_film_name("Report: 2024.pdf") == "Report_ 2024.socrate.mp4"
    assert len(make_file_name("ж" * 110 + ".pdf").encode()) <= 184
    assert make_film_name("...") == "document.socrate.mp4"
