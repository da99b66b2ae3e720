"""Logs: one JSON line an event, with secrets taken out."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

PLAIN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
TOKEN = re.compile(
    r"\d{5,}:[A-Za-z0-9_-]{8,}"
    r"|sk-[A-Za-z0-9_-]{8,}|(?<=Bearer )[^\s\"'\\]{8,}"
    r"|(?<=://)[^/@\s:]*:[^/@\s]+(?=@)"
)
LOUD = (
    "httpx",
    "httpcore",
    "openai",
    "dramatiq",
    "telegram",
    "sentence_transformers",
    "alembic",
    "aiohttp.access",
    "memvid",
    "faiss",
    "boto3",
    "botocore",
    "s3transfer",
    "urllib3",
)


class JsonLines(logging.Formatter):
    """Time, level, event, then what the event carries."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in PLAIN}
        if record.exc_info and record.exc_info[0] is not None:
            line["trace"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False, default=str))


def redact(text: str) -> str:
    """Take out what has the shape of a bot token, an API key or a password in an address."""
    return TOKEN.sub("[redacted]", text)


def set_up_logs(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
