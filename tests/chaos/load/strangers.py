"""People try to read the documents of others by questions, forged taps and web pages, and learn nothing."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from bot.commands import COMMANDS
from bot.handlers.buttons import TAPS
from tests.chaos.consistency import check_consistency
from tests.chaos.outcome import Outcome, Plan
from tests.chaos.recount import count_documents, list_texts
from tests.chaos.scene import END_SECONDS, Scene, Sent, open_scene
from tests.driver import Person, Sandbox
from tests.stack import wait_until

AT_ONCE = 10
# Taps that name no document.
OWN = {"sample", "askall", "docs", "cancelmenu", "forgetyes", "forgetno"}
# Pages that exist, and addresses that might show a document if they existed.
PAGES = ("/", "/api/status", "/api/health", "/healthz", "/metrics")
ADDRESSES = ("/", "/static/", "/static/../", "/events/", "/api/status/", "/api/documents/", "/documents/", "/export/")
TABLES = ("documents", "questions")
MISSING = "0" * 16
UNANSWERED = (
    "SELECT (SELECT count(*) FROM questions WHERE state IN ('queued', 'working')) + "
    "(SELECT count(*) FROM outbox WHERE state = 'waiting')"
)


def run(plan: Plan) -> Outcome:
    outcome = Outcome("strangers")
    people, words = plan.choose(50, 10), plan.choose(50, 5)
    with open_scene(plan, outcome.name) as scene:
        for person in scene.meet(people):
            scene.send(person)
        scene.wait_ended()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda person: pester(scene, person, words), scene.people))
            scene.wait_taken_in()
            wrong = list(pool.map(lambda person: tap_everything(scene, person), scene.people))
        scene.wait_taken_in()
        wait_until(lambda: scene.query(UNANSWERED) == [(0,)], "all answers", scene.stack.read_logs, END_SECONDS)
        outcome.problems += [problem for problems in wrong for problem in problems]
        count_documents(scene, outcome)
        outcome.foreign += sum(has_foreign_file(scene, person) for person in scene.people)
        look_at_pages(scene, outcome)
        outcome.n = sum(len(list(list_texts(person.transcript()))) for person in scene.people)
        if outcome.n < (least := plan.choose(5000, 100)):
            outcome.problems.append(f"only {outcome.n} replies were looked at, not {least}")
        if not all(knows_own(scene, sent) for sent in scene.sent):
            outcome.problems.append("a person did not find their own secret")
        check_consistency(scene, outcome)
    return outcome


def pester(scene: Scene, person: Person, words: int) -> None:
    """Ask for the person's own secret and those of others, and send all commands, over a separate connection."""
    own = next(index for index, sent in enumerate(scene.sent) if sent.person.id == person.id)
    asked = [own, *((own + step) % len(scene.sent) for step in range(1, words))]
    separate = speak(scene, person)
    for vault in asked:
        separate.say(f"What is the password of vault {vault}?")
    for command in (row.name for row in COMMANDS):
        separate.say(f"/{command} password" if command == "find" else f"/{command}")
    separate.sandbox.close()


def tap_everything(scene: Scene, person: Person) -> list[str]:
    """Tap every button with ids of other people; the answer must be the same as for an id that does not exist."""
    separate, wrong = speak(scene, person), []
    message_id = person.last_bot_message()["message_id"]
    others = [ids[person.id % len(ids)] for ids in (list_others(scene, table, person) for table in TABLES)]
    for verb in sorted(set(TAPS) - OWN):
        tail = ":1" if verb == "cite" else ""
        missing = read_answer(separate.forge_tap(message_id, f"{verb}:{MISSING}{tail}"))
        for other in others:
            answer = read_answer(separate.forge_tap(message_id, f"{verb}:{other}{tail}"))
            if answer != missing:
                wrong.append(f"{verb} with a foreign id was answered {answer}, with a missing one {missing}")
    separate.sandbox.close()
    return wrong


def read_answer(answer: dict[str, Any] | None) -> tuple[object, object]:
    """What the person reads; a tap without any answer is a failure."""
    assert answer is not None, "a tap was not answered"
    return answer.get("text"), answer.get("show_alert")


def look_at_pages(scene: Scene, outcome: Outcome) -> None:
    """Check that no page names a document, and that an address with an id is answered like one with a missing id."""
    ids = [str(row[0]) for table in TABLES for row in scene.query(f"SELECT id FROM {table}")]
    with httpx.Client(base_url=scene.stack.web_url, timeout=60) as web:
        for page in PAGES:
            text = web.get(page).text
            outcome.foreign += sum(word in text for sent in scene.sent for word in (sent.secret, sent.name))
            outcome.foreign += sum(one in text for one in ids)
        for address in ADDRESSES:
            missing = web.get(address + MISSING)
            for one in ids[:: max(1, len(ids) // 50)]:
                answer = web.get(address + one)
                if (answer.status_code, answer.text) != (404, missing.text):
                    outcome.problems.append(f"{address} with an id was answered {answer.status_code}")
    outcome.notes["pages"] = len(PAGES) + len(ADDRESSES)


def has_foreign_file(scene: Scene, person: Person) -> bool:
    """Whether a file that the bot sent to the person holds the secret of another."""
    foreign = [sent.secret.encode() for sent in scene.sent if sent.person.id != person.id]
    files = [message for message in person.messages() if not message["out"] and "file_url" in message]
    bytes_of = b"".join(unpack(scene.sandbox.download(message)) for message in files)
    return any(secret in bytes_of for secret in foreign)


def unpack(content: bytes) -> bytes:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive_part:
        return b"".join(archive_part.read(name) for name in archive_part.namelist())


def list_others(scene: Scene, table: str, person: Person) -> list[str]:
    """Ids of rows that belong to other people."""
    rows = f"SELECT r.id FROM {table} r JOIN tenants t ON t.id = r.tenant_id WHERE t.telegram_id != :me"
    return [str(row[0]) for row in scene.query(rows, me=person.id)]


def speak(scene: Scene, person: Person) -> Person:
    """The same person with a connection that no other thread uses."""
    return Person(Sandbox(scene.stack.sandbox_url), person.id, person.name)


def knows_own(scene: Scene, sent: Sent) -> bool:
    return any(sent.secret in text for _, text in list_texts(sent.person.transcript()))
