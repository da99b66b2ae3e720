"""memvid can be imported without packages that it is never allowed to use."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from processing.archive import stand_in as module
from processing.archive.stand_in import NotForUse, stand_in

ABSENT = "no_such_package"


@pytest.fixture
def _absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMES", (ABSENT,))


@pytest.mark.usefixtures("_absent")
def test_what_stands_in_can_be_imported_but_not_used() -> None:
    with stand_in():
        package = importlib.import_module(ABSENT)
        with pytest.raises(NotForUse, match="no_such_package.Thing"):
            package.Thing("argument", named=1)
        assert not hasattr(package, "__path__")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(ABSENT)


@pytest.mark.usefixtures("_absent")
def test_what_was_imported_before_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, ABSENT, sys)
    with stand_in():
        assert sys.modules[ABSENT] is sys
    assert sys.modules[ABSENT] is sys


def test_the_encoder_is_memvids_and_loads_no_torch() -> None:
    code = (
        "import sys; from processing.archive.encoder import SocrateEncoder;"
        "print(SocrateEncoder.__mro__[1].__module__, 'torch' in sys.modules, 'cv2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["memvid.encoder", "False", "False"]
