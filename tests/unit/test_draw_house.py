"""The drawing of the architecture shows rooms and arrows as they are, and stays inside its markers."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.draw_house import BEGIN, END, PAGE, ROOT, render_drawing, update_page

FILES = {
    "main.py": "import wiring",
    "wiring.py": "import bot.application\nimport processing.documents.upload",
    "settings.py": "",
    "bot/application.py": "from bot.web.app import App\nfrom settings import Settings",
    "bot/web/app.py": "def show():\n    from processing.documents import upload",
    "processing/documents/__init__.py": "",
    "processing/documents/upload.py": "from processing.jobs.run import run\nimport processing.types",
    "processing/documents/names.py": "",
    "processing/jobs/run.py": "from db.engine import Database",
    "processing/types.py": "import processing.jobs.run",
    "db/engine.py": "",
    "db/migrations/versions/0001_begin.py": "",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name, text in {**FILES, str(PAGE): f"above\n{BEGIN}\n{END}\nbelow\n"}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def list_lines(house: Path) -> list[str]:
    return [line.strip() for line in render_drawing(house).splitlines()]


def test_boxes_are_folders_with_their_number_of_modules_or_single_modules(house: Path) -> None:
    boxes = [line for line in list_lines(house) if line.startswith("room_") and "-->" not in line]
    assert boxes == [
        "room_main(main.py)",
        "room_wiring(wiring.py)",
        "room_bot_application(application.py)",
        "room_bot_web[web: 1]",
        "room_processing_documents[documents: 2]",
        "room_processing_jobs[jobs: 1]",
        "room_db[db: 1]",
    ]


def test_arrows_join_rooms_of_one_group_and_otherwise_whole_groups(house: Path) -> None:
    assert [line for line in list_lines(house) if "-->" in line] == [
        "room_bot --> room_processing",
        "room_bot_application --> room_bot_web",
        "room_main --> room_wiring",
        "room_processing --> room_db",
        "room_processing_documents --> room_processing_jobs",
        "room_wiring --> room_bot",
    ]


def test_every_arrow_of_a_circle_is_drawn(house: Path) -> None:
    (house / "processing/jobs/run.py").write_text("def run():\n    import processing.documents.names")
    arrows = [line for line in list_lines(house) if "-->" in line]
    assert "room_processing_documents --> room_processing_jobs" in arrows
    assert "room_processing_jobs --> room_processing_documents" in arrows


def test_the_drawing_is_written_between_its_markers_and_found_out_of_date(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = house / PAGE
    assert update_page(house, check=True) == 1
    assert "out of date" in capsys.readouterr().err and page.read_text() == f"above\n{BEGIN}\n{END}\nbelow\n"
    assert update_page(house, check=False) == 0
    assert page.read_text() == f"above\n{BEGIN}\n{render_drawing(house)}{END}\nbelow\n"
    assert update_page(house, check=True) == 0
    (house / "processing/jobs/leases.py").write_text("")
    assert update_page(house, check=True) == 1


def test_a_page_without_markers_is_refused(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / PAGE).write_text("no drawing here\n")
    assert update_page(house, check=False) == 1
    assert "nowhere to draw" in capsys.readouterr().err


def test_the_house_itself_can_be_drawn() -> None:
    lines = list_lines(ROOT)
    assert "room_wiring --> room_bot" in lines and "room_processing --> room_db" in lines
    assert not any("settings" in line for line in lines if "-->" in line)
