"""Finds the documents that the benchmarks use: manuals from Debian packages."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

PACKAGES = ("r-doc-pdf", "octave-doc")
INTRO, OCTAVE, REFERENCE = "R-intro.pdf", "octave.pdf", "fullrefman.pdf"


class NoDocuments(Exception):
    """The manuals are not in the folder and could not be fetched."""


def find_document(folder: Path, name: str) -> Path:
    """Return the file with this name below ``folder``, and fetch it if it is missing. Raise ``NoDocuments``."""
    if found := next(folder.rglob(name), None):
        return found
    fetch_documents(folder)
    if found := next(folder.rglob(name), None):
        return found
    raise NoDocuments(f"{name} is not below {folder}: put it there, or run this with apt-get to fetch {PACKAGES}.")


def fetch_documents(folder: Path) -> None:
    """Download the Debian packages and unpack them below ``folder``, without installing. Do nothing without apt-get."""
    if shutil.which("apt-get") is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["apt-get", "-qq", "download", *PACKAGES], cwd=scratch, check=False)
        for package in Path(scratch).glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(folder)], check=True)
