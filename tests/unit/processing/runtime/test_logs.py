"""Log lines are JSON and hold no secret, not even one that a library logs."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from processing.runtime.logs import JsonLines, redact

ROOT = Path(__file__).parents[4]
TOKEN = "123456789:AAF-fake_token-of-the-tests_0123456"
KEY = "sk-proj-0123456789abcdef"
SECRETS = [
    (f"https://api.telegram.org/bot{TOKEN}/getMe", TOKEN),
    (f"https://api.telegram.org/file/bot{TOKEN}/documents/file_1.pdf", TOKEN),
    (f"ExtBot[token={TOKEN}]", TOKEN),
    (f"Incorrect API key provided: {KEY}.", KEY),
    ("{'Authorization': 'Bearer gsk_0123456789'}", "gsk_0123456789"),
    ("postgresql://socrate:s3cret-word@db:5432/socrate", "s3cret-word"),
    ("redis://:s3cret-word@queue:6379/0", "s3cret-word"),
    ("rediss://default:s3cret:word@queue:6379/0", "s3cret:word"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_redacted_in_every_field(text: str, secret: str) -> None:
    assert secret not in redact(text)
    for record in (make_record(text), make_record("event", error=text), make_record("event", error={"deep": [text]})):
        assert secret not in JsonLines().format(record)


def make_record(message: str, **more: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "levelno": logging.INFO, "levelname": "INFO", "name": "x", **more})


def test_a_secret_in_a_traceback_is_redacted() -> None:
    try:
        raise ValueError(f"cannot connect to redis://:s3cret-word@queue with {TOKEN}")
    except ValueError:
        record = make_record("event", exc_info=sys.exc_info())
    line = JsonLines().format(record)
    assert "Traceback" in line and "s3cret-word" not in line and TOKEN not in line


@pytest.mark.parametrize(
    "text", ["2026-11-24T22:05:36.123+00:00", "http://127.0.0.1:8080/status", "user@example.org", "page 12345: a-b"]
)
def test_text_without_a_secret_is_unchanged(text: str) -> None:
    assert redact(text) == text


def test_an_event_is_one_line_with_its_fields() -> None:
    line = JsonLines().format(make_record("job_ended", tenant=7, seconds=1.5, stage="filming"))
    assert "\n" not in line
    read = json.loads(line)
    assert (read["event"], read["tenant"], read["seconds"], read["level"]) == ("job_ended", 7, 1.5, "info")


CALL = """
import logging, sys, httpx
from processing.runtime.logs import set_up_logs
set_up_logs(sys.argv[1])
if len(sys.argv) > 3:
    logging.getLogger("httpx").setLevel(logging.INFO)
client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200)))
client.get(f"https://api.telegram.org/bot{sys.argv[2]}/getMe")
logging.getLogger("ours").warning("after")
"""


def call(*arguments: str) -> str:
    command = [sys.executable, "-c", CALL, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert '"after"' in done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_httpx_logs_no_calls(level: str) -> None:
    written = call(level, TOKEN)
    assert TOKEN not in written and "getMe" not in written


def test_httpx_at_info_level_logs_no_token() -> None:
    written = call("INFO", TOKEN, "loud")
    assert "getMe" in written and TOKEN not in written
