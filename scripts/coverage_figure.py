"""Writes the measured coverage into README.md, between two HTML comments: ``python -m scripts.coverage_figure``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from coverage import Coverage

README = Path(__file__).parent.parent / "README.md"
FIGURE = re.compile(r"(<!-- coverage -->).*?(<!-- /coverage -->)", re.DOTALL)


def main() -> int:
    """Write the figure. Return 0 if it reaches ``fail_under`` of pyproject.toml, otherwise 1."""
    measured = Coverage()
    measured.load()
    percent = measured.report(skip_covered=True, show_missing=False)
    README.write_text(write_figure(README.read_text(encoding="utf-8"), percent), encoding="utf-8")
    wanted = float(str(measured.get_option("report:fail_under")))
    if percent < wanted:
        print(f"{percent:.1f} % of lines and branches are covered, fewer than {wanted:.0f} %.", file=sys.stderr)
        return 1
    return 0


def write_figure(text: str, percent: float) -> str:
    """Return ``text`` with the figure between the two comments. Raise ``ValueError`` if the comments are missing."""
    text, count = FIGURE.subn(rf"\g<1>{percent:.1f} %\g<2>", text)
    if not count:
        raise ValueError("README.md has no <!-- coverage --><!-- /coverage --> to write between")
    return text


if __name__ == "__main__":
    sys.exit(main())
