"""A package can be kept from importing another one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from processing.transformer.imports import without


def test_a_package_is_hidden_only_within_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with without("colorsys"), pytest.raises(ImportError):
        import colorsys
    import colorsys

    with without("colorsys"):
        assert sys.modules["colorsys"] is colorsys
    assert sys.modules["colorsys"] is colorsys


def test_the_engine_loads_no_torch() -> None:
    code = "import sys, processing.transformer.engine; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
