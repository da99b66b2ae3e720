"""Dramatiq's side: a bell comes in, one call goes out."""

from __future__ import annotations

import dramatiq

from processing.documents.ingest import work_on_next_document
from processing.questions.answer import work_on_next_question
from processing.questions.preview import work_on_next_showing
from processing.runtime.broker import ACTORS
from processing.services import ANSWERS, DOCUMENTS, WorkerServices


def make_actors(broker: dramatiq.Broker, services: WorkerServices) -> None:
    """Declare the actors; they carry no arguments, for the database says what is due."""

    @dramatiq.actor(broker=broker, queue_name=DOCUMENTS, actor_name=ACTORS[DOCUMENTS])
    def work_on_documents() -> None:
        work_on_next_document(services)

    @dramatiq.actor(broker=broker, queue_name=ANSWERS, actor_name=ACTORS[ANSWERS])
    def work_on_questions() -> None:
        _ = work_on_next_question(services) or work_on_next_showing(services)
