"""Secrets leave the environment of a process for good, and reach its children through a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from processing.runtime import secrets
from settings import SECRETS, Settings

ROOT = Path(__file__).parents[4]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a process's first environment")
HIDDEN = {name.upper(): f"hush-{name}" for name in SECRETS} | {name: f"hush-{name}" for name in secrets.BUCKET_SECRETS}
PROTECT = """
import json, os, sys
from processing.runtime import secrets

def look():
    try:
        first = open("/proc/self/environ").read()
    except OSError:
        # Nobody but root may read it any more, this process included.
        first = ""
    return first + repr(sorted(os.environ.items()))

before = look()
secrets.protect()
during = look(), os.environ.get("AWS_SECRET_ACCESS_KEY"), open("/proc/self/status").read()
secrets.forget_bucket()
print(json.dumps([before, *during, look()]))
"""
TAKE_OVER = """
import json, os
from processing.runtime import secrets
secrets.take_over()
print(json.dumps([os.environ.get("REDIS_URL"), secrets.VARIABLE in os.environ]))
"""


def run(script: str, environment: dict[str, str], *numbers: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        pass_fds=numbers,
        capture_output=True,
        timeout=60,
        check=True,
    )
    return list(json.loads(done.stdout))


@LINUX
def test_a_protected_process_shows_no_secret_in_its_environment() -> None:
    before, during, kept, _, after = run(PROTECT, HIDDEN | {"LOG_LEVEL": "INFO"})
    assert all(value in before for value in HIDDEN.values())
    ours = [value for name, value in HIDDEN.items() if name not in secrets.BUCKET_SECRETS]
    assert not [value for value in ours if value in during]
    assert not [value for value in HIDDEN.values() if value in after]
    assert "LOG_LEVEL" in after
    # boto3 still finds its own until the client has been made.
    assert kept == HIDDEN["AWS_SECRET_ACCESS_KEY"]


def test_the_secrets_of_a_child_come_through_a_pipe() -> None:
    number = secrets.open_pipe({"REDIS_URL": "redis://:hush@host/7"})
    try:
        got = run(TAKE_OVER, {secrets.VARIABLE: str(number)}, number)
    finally:
        os.close(number)
    assert got == ["redis://:hush@host/7", False]


def test_secrets_that_no_pipe_takes_at_once_are_an_error_and_no_endless_wait() -> None:
    with pytest.raises(ValueError, match="too long"):
        secrets.open_pipe({"REDIS_URL": "x" * 2**21})


def test_a_child_gets_the_secrets_that_are_set_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in secrets.BUCKET_SECRETS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    settings = Settings(_env_file=None).model_copy(  # type: ignore[call-arg]
        update=dict.fromkeys(SECRETS, "") | {"openai_api_key": None, "telegram_bot_token": SecretStr("1:HUSH")}
    )
    assert secrets.collect_secrets(settings) == {"TELEGRAM_BOT_TOKEN": "1:HUSH", "AWS_ACCESS_KEY_ID": "key"}
