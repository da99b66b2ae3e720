"""Logs: one line of JSON for each event, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

STANDARD_FIELDS = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
SECRET = re.compile(
    r"\d{5,}:[A-Za-z0-9_-]{8,}"
    r"|sk-[A-Za-z0-9_-]{8,}|(?<=Bearer )[^\s\"'\\]{8,}"
    r"|(?<=://)[^/@\s:]*:[^/@\s]+(?=@)"
)
NOISY_LOGGERS = (
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

# They log answers of Telegram that can't be read, with the texts of people in them. The error is raised all the same.
TALKATIVE_LOGGERS = ("telegram.request.BaseRequest",)


class JsonLines(logging.Formatter):
    """Formats a record as a JSON object: time, level, event, logger, and the fields given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in STANDARD_FIELDS}
        if record.exc_info and record.exc_info[0] is not None:
            line["trace"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False, default=str))


def redact(text: str) -> str:
    """Return the text with ``[redacted]`` for everything that looks like a bot token, an API key or a password."""
    return SECRET.sub("[redacted]", text)


def set_up_logs(level: str) -> None:
    """Log to stderr from ``level`` on; libraries that log a lot may log warnings and errors only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    for name in TALKATIVE_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
