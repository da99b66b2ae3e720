"""Threads of a worker claim one after the other, unless one gets no answer from the database."""

from __future__ import annotations

import threading
from pathlib import Path

from processing.documents.job import DOCUMENT_JOB
from processing.jobs.run import run_next
from tests.integration.people import People
from tests.integration.workers import open_worker


def test_a_thread_whose_claim_gets_no_answer_does_not_stop_the_others(people: People, tmp_path: Path) -> None:
    services = open_worker(people, tmp_path).services
    services.claim_patience = 0.01
    silent, answered, done = threading.Event(), threading.Event(), threading.Event()

    def claim_without_answer() -> None:
        with services.claim_in_turn():
            silent.set()
            answered.wait(30)

    def claim() -> None:
        run_next(services, DOCUMENT_JOB)
        done.set()

    threads = [threading.Thread(target=target, daemon=True) for target in (claim_without_answer, claim)]
    threads[0].start()
    assert silent.wait(30)
    threads[1].start()
    try:
        assert done.wait(30)
    finally:
        answered.set()
    for thread in threads:
        thread.join()
