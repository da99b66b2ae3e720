"""Settings, read from the environment once at the start and never changed afterwards."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from errors import SettingsInvalid

VERSION = "0.2.0"
MEGABYTE = 1024 * 1024
# EMBEDDING_MODEL begins with this if the vectors come from the OpenAI-compatible server.
REMOTE_EMBEDDINGS = "openai:"
WEBHOOK_PATH = "/telegram"
# Each can be read from a file, too, whose path is in the setting of the same name with _file.
SECRETS = ("telegram_bot_token", "telegram_webhook_secret", "database_url", "redis_url", "openai_api_key")
SECRET_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,256}")
LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")
TOKEN_SHAPE = re.compile(r"\d+:[A-Za-z0-9_-]+")
S3_SHAPE = re.compile(r"s3://[A-Za-z0-9][A-Za-z0-9._-]+(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?(?:\?[^#]*)?")
ENDPOINT_SHAPE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._/-]*)?")
REGION_SHAPE = re.compile(r"[A-Za-z0-9-]+")
CREDENTIALS = re.compile(r"@|[?&][^=&]*(?:key|secret|token|password)[^=&]*=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The parts of an ``s3://`` address. ``prefix`` is empty or ends with a slash, ``endpoint`` is None for Amazon."""

    name: str
    prefix: str
    endpoint: str | None
    region: str | None


class Settings(BaseSettings):
    """Every setting of Socrate. The environment variable has the name of the field in capitals.

    Instances are frozen. Starting the sandbox or the embedded Valkey makes a changed copy with ``model_copy``.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True, frozen=True
    )

    # The files come first, because the validator of a secret looks at them.
    telegram_bot_token_file: Path | None = None
    telegram_webhook_secret_file: Path | None = None
    database_url_file: Path | None = None
    redis_url_file: Path | None = None
    openai_api_key_file: Path | None = None
    telegram_bot_token: SecretStr | None = None
    telegram_api_base_url: str = "https://api.telegram.org"
    telegram_webhook_url: str = ""
    telegram_webhook_secret: SecretStr | None = None
    database_url: str = ""
    redis_url: str = ""
    storage_url: str = ""
    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    sandbox_port: int = Field(default=8081, ge=0, le=65535)
    allowed_users: Annotated[frozenset[int], NoDecode] = frozenset()
    admin_users: Annotated[frozenset[int], NoDecode] = frozenset()
    quota_mb: int = Field(default=1000, ge=1)
    max_file_mb: int = Field(default=20, ge=1, le=2000)
    max_pages: int = Field(default=20_000, ge=1, le=1_000_000)
    max_characters: int = Field(default=30_000_000, ge=1)
    max_passages: int = Field(default=50_000, ge=1, le=200_000)
    max_page_pixels: int = Field(default=100_000_000, ge=1)
    questions_per_minute: int = Field(default=60, ge=0, le=10_000)
    uploads_per_hour: int = Field(default=300, ge=0, le=10_000)
    documents_at_once: int = Field(default=5, ge=1, le=64)
    answers_at_once: int = Field(default=4, ge=1, le=64)
    openai_api_key: SecretStr | None = None
    openai_base_url: str = ""
    openai_model: str = "gpt-4o-mini"
    model_tokens_a_day: int = Field(default=0, ge=0)
    search_memory_mb: int = Field(default=1024, ge=16)
    embedding_model: str = "multilingual-e5-small"
    log_level: str = "INFO"

    @field_validator("allowed_users", "admin_users", mode="before")
    @classmethod
    def split_ids(cls, value: object) -> object:
        """Parse Telegram user ids that are separated by commas or spaces; raise ``ValueError`` for other characters."""
        if not isinstance(value, str):
            return value
        words = value.replace(",", " ").split()
        if not all(word.isdigit() for word in words):
            raise ValueError("must be Telegram user ids (numbers) separated by commas")
        return frozenset(int(word) for word in words)

    @field_validator(*SECRETS, mode="before")
    @classmethod
    def read_secret(cls, value: object, others: ValidationInfo) -> object:
        """Return the value, or if there is none the content of the secret's file. Raise ``ValueError`` without it."""
        path = others.data.get(f"{others.field_name}_file")
        if value or path is None:
            return value
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError):
            raise ValueError("the file that is named for it cannot be read") from None

    @field_validator("telegram_bot_token")
    @classmethod
    def check_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not TOKEN_SHAPE.fullmatch(value.get_secret_value()):
            raise ValueError("does not look like a token from @BotFather (123456:ABC...)")
        return value

    @field_validator("telegram_webhook_url")
    @classmethod
    def check_webhook(cls, value: str) -> str:
        """Raise ``ValueError`` unless the address has https, as Telegram demands, or is on this machine."""
        if value and not value.startswith(("https://", *LOOPBACK)):
            raise ValueError("must start with https://")
        return value.rstrip("/")

    @field_validator("telegram_webhook_secret")
    @classmethod
    def check_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not SECRET_SHAPE.fullmatch(value.get_secret_value()):
            raise ValueError("must be 1 to 256 letters, digits, _ or -")
        return value

    @field_validator("telegram_api_base_url", "openai_base_url")
    @classmethod
    def check_http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("embedding_model")
    @classmethod
    def check_embeddings(cls, value: str, others: ValidationInfo) -> str:
        if value.startswith(REMOTE_EMBEDDINGS):
            if not value.removeprefix(REMOTE_EMBEDDINGS).strip():
                raise ValueError("must name a model behind openai:")
            if others.data.get("openai_api_key") is None:
                raise ValueError("needs OPENAI_API_KEY for a model of openai:")
        return value

    @field_validator("database_url")
    @classmethod
    def check_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg2://", "postgres://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value.replace("postgres://", "postgresql://", 1) if value.startswith("postgres://") else value

    @field_validator("redis_url")
    @classmethod
    def check_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("storage_url")
    @classmethod
    def check_storage(cls, value: str) -> str:
        if value.startswith("s3://"):
            read_bucket(value)
        elif value and not value.startswith("file:///"):
            raise ValueError("must start with file:/// followed by an absolute path, or with s3:// and a bucket")
        return value

    @field_validator("log_level")
    @classmethod
    def check_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @property
    def secrets(self) -> dict[str, str]:
        """The values of the secrets that are set, by the names of their variables."""
        values = {name.upper(): getattr(self, name) for name in SECRETS if getattr(self, name)}
        return {name: v.get_secret_value() if isinstance(v, SecretStr) else v for name, v in values.items()}

    @property
    def data_folder(self) -> Path:
        return self.data_dir.expanduser().absolute()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_folder / 'socrate.db'}"

    @property
    def storage(self) -> str:
        return self.storage_url or (self.data_folder / "storage").as_uri()

    @property
    def scratch_directory(self) -> Path:
        """The folder for files of running work; they may be deleted when their process has ended."""
        return self.data_folder / "scratch"

    @property
    def max_file_bytes(self) -> int:
        return self.max_file_mb * MEGABYTE

    @property
    def quota_bytes(self) -> int:
        return self.quota_mb * MEGABYTE

    @property
    def webhook_secret(self) -> str:
        """The secret that Telegram sends with each update: the setting, or else a hash of the token."""
        if self.telegram_webhook_secret is not None:
            return self.telegram_webhook_secret.get_secret_value()
        return hashlib.sha256(f"webhook:{self.token}".encode()).hexdigest()

    @property
    def bot_id(self) -> int:
        """The id of the bot, with which its token begins; 0 if there is none."""
        return int(self.token.partition(":")[0]) if self.telegram_bot_token is not None else 0

    @property
    def token(self) -> str:
        """The bot's token. Raises ``SettingsInvalid`` if there is none."""
        if self.telegram_bot_token is None:
            raise SettingsInvalid(problems=["TELEGRAM_BOT_TOKEN is not set."])
        return self.telegram_bot_token.get_secret_value()


def read_bucket(url: str) -> Bucket:
    """Parse ``s3://bucket/prefix?endpoint=…&region=…``.

    Raise ``ValueError`` for any other address. The error does not show it, because it may hold a password.
    """
    if CREDENTIALS.search(url):
        raise ValueError(
            "must hold no credentials; they are found in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "in a profile or in the machine's role"
        )
    parts = urlsplit(url) if S3_SHAPE.fullmatch(url) else None
    options = dict(parse_qsl(parts.query, keep_blank_values=True)) if parts else {}
    endpoint, region = options.pop("endpoint", None), options.pop("region", None)
    if parts is None or options:
        raise ValueError("must look like s3://bucket/prefix?endpoint=https://host&region=name, all but bucket optional")
    if endpoint is not None and not ENDPOINT_SHAPE.fullmatch(endpoint):
        raise ValueError("its endpoint must start with http:// or https:// and name a host")
    if region is not None and not REGION_SHAPE.fullmatch(region):
        raise ValueError("its region must be letters, digits and hyphens")
    prefix = parts.path.strip("/")
    return Bucket(parts.netloc, f"{prefix}/" if prefix else "", endpoint, region)


def load_settings(env_file: str | None = ".env") -> Settings:
    """Read the settings from the environment and ``env_file``.

    Raise ``SettingsInvalid`` with one sentence for each wrong setting, without its value.
    """
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsInvalid(problems=[describe_problem(dict(item)) for item in error.errors()]) from None


def describe_problem(item: dict[str, object]) -> str:
    """Return one sentence for one error of pydantic, without the value of the setting, which may be a secret."""
    location = item["loc"]
    name = str(location[0]).upper() if isinstance(location, tuple) and location else "A setting"
    reason = str(item["msg"]).removeprefix("Value error, ")
    return f"{name}: {reason[:1].lower()}{reason[1:]}."
