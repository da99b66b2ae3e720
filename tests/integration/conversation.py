"""Pages about sea animals, and a person who asks a worker with a language model about them."""

from __future__ import annotations

from processing.jobs.run import run_next
from processing.questions import submit
from processing.questions.job import QUESTION_JOB
from processing.types import AnswerView
from tests.integration.bench import Bench
from tests.servers.openai_server import Request

PAGES = ["Seals eat fish in the bay.", "The walrus dives for clams at night.", "Otters hold hands while they sleep."]
QUESTION = "What does the walrus dive for?"
KEY = "sk-a-key-of-the-settings"


def answer_well(_request: Request) -> list[str]:
    return ["Clams", " [1].", "\n\nQUO", 'TES\n[1] "dives for clams"']


def put(bench: Bench, tenant_id: int, text: str, asked_id: int = 40) -> str:
    bench.clock.pass_time(seconds=1)
    view = submit.prepare_question(bench.services, tenant_id, text, None, 5, asked_id=asked_id)
    submit.enqueue_question(bench.services, view, 50)
    return view.id


def ask(bench: Bench, tenant_id: int, text: str = QUESTION) -> AnswerView:
    question_id = put(bench, tenant_id, text)
    assert run_next(bench.services, QUESTION_JOB)
    assert bench.notifier.answers[-1].id == question_id
    return bench.notifier.answers[-1]
