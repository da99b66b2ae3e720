"""Dockerfile and compose.yaml agree with the code and README; no container engine is needed for these tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import Settings

ROOT = Path(__file__).parent.parent.parent
VARIABLES = {name.upper() for name in Settings.model_fields}
NOT_OURS = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
OUR_IMAGE = "socrate:${SOCRATE_VERSION:-latest}"
PINNED = re.compile(r"[a-z/]+:\d+\.\d+(\.\d+)?(-[a-z]+)*")
SECRETS = ("TOKEN", "KEY", "PASSWORD")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"])


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """(word, rest) of every line of the Dockerfile, continued lines as one."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines)]


def list_values(instructions: list[tuple[str, str]], wanted: str) -> list[str]:
    return [rest for word, rest in instructions if word == wanted]


def test_every_variable_of_the_image_is_a_setting(instructions: list[tuple[str, str]]) -> None:
    named = {pair.split("=")[0] for line in list_values(instructions, "ENV") for pair in line.split()}
    assert named - NOT_OURS <= VARIABLES
    assert not [name for name in named if any(word in name for word in SECRETS)]


def test_the_image_runs_as_its_own_user_and_has_a_health_check(
    instructions: list[tuple[str, str]],
) -> None:
    words = [word for word, _ in instructions]
    assert list_values(instructions, "USER") == ["socrate"]
    assert "USER" not in words[words.index("USER") + 1 :] and "RUN" not in words[words.index("USER") :]
    assert "--mode 0700 /data" in " ".join(list_values(instructions, "RUN"))
    assert "/healthz" in " ".join(list_values(instructions, "HEALTHCHECK"))
    assert list_values(instructions, "CMD") == ['["python", "main.py"]']


def test_requirements_are_a_layer_before_the_code(instructions: list[tuple[str, str]]) -> None:
    assert list_values(instructions, "COPY") == ["requirements.txt ./", ". ."]
    installs = [number for number, (_, rest) in enumerate(instructions) if "pip install" in rest]
    assert len(installs) == 1 and installs[0] < instructions.index(("COPY", ". ."))


def test_the_image_installs_the_lock_by_its_hashes(instructions: list[tuple[str, str]]) -> None:
    [locked] = (rest for rest in list_values(instructions, "RUN") if "pip install" in rest)
    assert locked.endswith("--require-hashes --no-deps -r requirements.txt")


def test_images_are_pinned(instructions: list[tuple[str, str]], services: dict[str, dict[str, Any]]) -> None:
    named = [service["image"] for service in services.values()] + list_values(instructions, "FROM")
    images = [image for image in named if image != OUR_IMAGE]
    assert [image for image in images if not PINNED.fullmatch(image)] == []


def test_bot_and_worker_are_one_image_with_one_environment(services: dict[str, dict[str, Any]]) -> None:
    bot, worker = services["bot"], services["worker"]
    assert bot["image"] == worker["image"] == OUR_IMAGE
    assert bot["environment"] == worker["environment"] and bot["volumes"] == worker["volumes"]
    assert (bot["command"], worker["command"]) == (["python", "main.py"], ["python", "worker.py"])
    assert set(bot["environment"]) <= VARIABLES
    assert "container_name" not in worker and "ports" not in worker, "it could not be scaled"


def test_services_keep_their_state_and_restart(services: dict[str, dict[str, Any]]) -> None:
    command = services["queue"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    for name, service in services.items():
        assert service["restart"] == "unless-stopped", name
        assert service["volumes"], name
    waited = services["bot"]["depends_on"]
    assert all(
        waited[name]["condition"] == "service_healthy" and "test" in services[name]["healthcheck"] for name in waited
    )


def test_only_the_status_page_is_published_and_on_this_machine_only(services: dict[str, dict[str, Any]]) -> None:
    assert [port for service in services.values() for port in service.get("ports", ())] == ["127.0.0.1:8080:8080"]


def test_no_secret_and_no_data_is_copied_into_the_image() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    assert lines[0] == "*", "everything is left out but what is named"
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert all((ROOT / name).exists() for name in allowed)
    assert not allowed & {".env", "data", "tests", ".git"}
    programs = {path.name for path in ROOT.glob("*.py")}
    assert programs <= allowed
