"""Makes the sample documents that /start offers: ``python -m scripts.make_sample``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

FOLDER = Path(__file__).parent.parent / "bot" / "samples"
SOURCES = Path(__file__).parent / "samples"
MADE = datetime(2026, 1, 1, tzinfo=UTC)


def make_sample(language: str) -> bytes:
    """Return a PDF of ``scripts/samples/<language>.txt``. A form feed starts a page, # starts a heading.

    The same text always gives the same bytes.
    """
    pages = (SOURCES / f"{language}.txt").read_text(encoding="utf-8").split("\f")
    pdf = FPDF(format=(160, 220))
    pdf.set_auto_page_break(False)
    pdf.set_creation_date(MADE)
    pdf.set_margins(18, 20, 18)
    for page in pages:
        draw_page(pdf, page.strip())
    return bytes(pdf.output())


def draw_page(pdf: FPDF, text: str) -> None:
    pdf.add_page()
    for block in text.split("\n\n"):
        heading = block.startswith("# ")
        pdf.set_font("Times", "B" if heading else "", 16 if heading else 11.5)
        pdf.multi_cell(0, 8 if heading else 5.6, block.removeprefix("# ").replace("\n", " "), align="L")
        pdf.ln(4)
    pdf.set_y(-16)
    pdf.set_font("Times", "", 9)
    pdf.cell(0, 6, str(pdf.page_no()), align="C")


def main() -> None:
    for source in sorted(SOURCES.glob("*.txt")):
        target = FOLDER / f"{source.stem}.pdf"
        target.write_bytes(make_sample(source.stem))
        print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
