"""Every wrong setting is named, and the code, .env.example and README describe the same settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from errors import SettingsInvalid
from settings import SECRETS, Bucket, Settings, load_settings, read_bucket

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_every_wrong_value_is_named_at_once_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "secret-without-shape")
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("DATABASE_URL", "mysql://host")
    monkeypatch.setenv("ALLOWED_USERS", "12, alice")
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(None)
    said = str(caught.value)
    assert [line.split(":")[0] for line in said.splitlines()] == [
        "TELEGRAM_BOT_TOKEN",
        "DATABASE_URL",
        "PORT",
        "ALLOWED_USERS",
    ]
    assert "secret-without-shape" not in said


def test_the_defaults_are_enough_to_start() -> None:
    settings = load_settings(None)
    assert settings.telegram_bot_token is None
    assert settings.database.startswith("sqlite:///")
    assert settings.storage.startswith("file:///")


def test_the_address_of_a_bucket_is_parsed() -> None:
    assert read_bucket("s3://papers") == Bucket("papers", "", None, None)
    assert read_bucket(
        "s3://my-key.store/of/ours/?region=eu-south-1&endpoint=https%3A%2F%2Fs3.example.org:9000"
    ) == Bucket("my-key.store", "of/ours/", "https://s3.example.org:9000", "eu-south-1")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://AKIASECRET:hush@papers", "must hold no credentials"),
        ("s3://papers?endpoint=https://AKIASECRET:hush@host", "must hold no credentials"),
        ("s3://papers?aws_access_key_id=AKIASECRET", "must hold no credentials"),
        ("s3://papers?endpoint=https%3A//AKIASECRET%3Ahush%40host", "its endpoint"),
        ("s3://papers?endpoint=host:9000", "its endpoint"),
        ("s3://papers?region=", "its region"),
        ("s3://papers?zone=hush", "must look like"),
        ("s3://papers/../others", "must look like"),
        ("s3://papers/a%2fb", "must look like"),
        ("s3://", "must look like"),
        ("s3://[", "must look like"),
        ("gs://hush", "must start with file:///"),
    ],
)
def test_a_wrong_storage_address_is_explained_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("STORAGE_URL", url)
    with pytest.raises(SettingsInvalid, match=f"^STORAGE_URL: {said}") as caught:
        load_settings(None)
    assert "AKIASECRET" not in str(caught.value) and "hush" not in str(caught.value)


def test_user_ids_are_separated_by_commas_or_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_USERS", "1, 22 333")
    assert load_settings(None).allowed_users == {1, 22, 333}


def test_the_token_is_not_shown_by_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:not-for-your-eyes")
    assert "not-for-your-eyes" not in repr(load_settings(None))


def test_example_settings_and_readme_name_the_same_variables() -> None:
    known = {name.upper() for name in Settings.model_fields}
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == known
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE)) == known


def test_the_example_is_a_valid_environment_that_says_the_defaults() -> None:
    given = Settings(_env_file=ROOT / ".env.example")  # type: ignore[call-arg]
    assert given == load_settings(None)


def test_every_variable_in_the_example_has_its_sentence() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    for before, line in zip(lines, lines[1:], strict=False):
        if "=" in line and not line.startswith("#"):
            assert before.startswith("# ") and before.rstrip().endswith("."), line


@pytest.mark.parametrize("url", ["http://example.org", "example.org", "ftp://example.org"])
def test_updates_are_pushed_over_https_only(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_URL", url)
    with pytest.raises(SettingsInvalid, match="TELEGRAM_WEBHOOK_URL"):
        load_settings(None)


def test_the_webhook_secret_is_derived_from_the_token_and_does_not_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "12345:AAAA")
    secret = load_settings(None).webhook_secret
    assert re.fullmatch("[A-Za-z0-9_-]{1,256}", secret) and "AAAA" not in secret
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "of-my-own")
    assert load_settings(None).webhook_secret == "of-my-own"


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_can_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    values = {"telegram_bot_token": "1:FROM_FILE", "database_url": "sqlite:///from-file", "redis_url": "redis://file"}
    path = tmp_path / "secret"
    path.write_text(f"{values.get(name, 'from-file')}\n")
    monkeypatch.setenv(f"{name.upper()}_FILE", str(path))
    value = getattr(load_settings(None), name)
    assert (value if isinstance(value, str) else value.get_secret_value()) == values.get(name, "from-file")


def test_a_key_from_a_file_is_enough_for_embeddings_of_a_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("from-file")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("EMBEDDING_MODEL", "openai:small")
    assert load_settings(None).embedding_model == "openai:small"


def test_a_secret_in_the_environment_counts_more_than_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("1:FROM_FILE")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:FROM_ENVIRONMENT")
    assert load_settings(None).token == "1:FROM_ENVIRONMENT"


def test_a_secret_whose_file_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(SettingsInvalid, match="^TELEGRAM_BOT_TOKEN: the file that is named for it cannot be read"):
        load_settings(None)
