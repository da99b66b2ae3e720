"""Real documents to measure on: manuals from Debian's packages, or a folder of one's own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGES = ("r-doc-pdf", "octave-doc")
INTRO, OCTAVE, REFERENCE = "R-intro.pdf", "octave.pdf", "fullrefman.pdf"


class NoDocuments(Exception):
    """There is no folder with the manuals and no Debian to fetch them from."""


def find_document(folder: Path, name: str) -> Path:
    """The file of this name anywhere below ``folder``; fetched into it where it is missing."""
    if found := next(folder.rglob(name), None):
        return found
    fetch_documents(folder)
    if found := next(folder.rglob(name), None):
        return found
    raise NoDocuments(f"{name} is not below {folder}: put it there, or run this where apt-get can fetch {PACKAGES}.")


def fetch_documents(folder: Path) -> None:
    """Unpack Debian's packages below ``folder``; nothing is installed."""
    if shutil.which("apt-get") is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["apt-get", "-qq", "download", *PACKAGES], cwd=place, check=False)
        for package in Path(place).glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(folder)], check=True)
