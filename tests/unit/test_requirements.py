"""The locks hold what the input files ask for, every package by its hashes, and no build of PyTorch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = {
    "requirements.txt": "requirements.in",
    "requirements-models.txt": "requirements-models.in",
    "requirements-dev.txt": "requirements-dev.in",
}
NAME = re.compile(r"^([A-Za-z][\w.-]*)", re.MULTILINE)
PACKAGE = re.compile(r"^([a-z0-9.-]+)==(\S+)[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def list_locked(name: str) -> dict[str, set[str]]:
    """Packages of a lock with their versions; a package has several where Python versions need several."""
    versions: dict[str, set[str]] = {}
    for package, version, _ in PACKAGE.findall(read(name)):
        versions.setdefault(package, set()).add(version)
    return versions


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_one_version_with_hashes(lock: str) -> None:
    lines = [line for line in read(lock).splitlines() if line[:1].isalnum() or line.startswith("-")]
    assert len(lines) > 40
    assert len(lines) == len(PACKAGE.findall(read(lock)))


@pytest.mark.parametrize(("lock", "source"), LOCKS.items())
def test_every_package_that_is_asked_for_is_locked(lock: str, source: str) -> None:
    asked = {normalise(name) for name in NAME.findall(read(source))}
    assert asked - {normalise(name) for name in list_locked(lock)} == set(), "run make lock"


@pytest.mark.parametrize("other", ["requirements-models.txt", "requirements-dev.txt"])
def test_the_locks_have_the_same_version_of_what_they_share(other: str) -> None:
    product, more = list_locked("requirements.txt"), list_locked(other)
    shared = product.keys() & more.keys()
    assert shared
    assert {name: product[name] for name in shared} == {name: more[name] for name in shared}


def test_the_product_is_installed_without_what_memvid_does_not_need() -> None:
    without = {normalise(name) for name in NAME.findall(read("requirements-without.txt"))}
    assert len(without) > 3 and not without & list_locked("requirements.txt").keys()


@pytest.mark.parametrize("lock", LOCKS)
def test_no_build_of_pytorch_and_nothing_of_cuda_is_locked(lock: str) -> None:
    assert [
        name for name in list_locked(lock) if name in {"torch", "triton"} or name.startswith(("nvidia", "cuda"))
    ] == []


def test_pytorch_is_one_version_in_a_file_of_its_own() -> None:
    lines = [line for line in read("requirements-torch.txt").splitlines() if not line.startswith("#")]
    assert len(lines) == 1
    assert re.fullmatch(r"torch==\d+\.\d+\.\d+", lines[0])
