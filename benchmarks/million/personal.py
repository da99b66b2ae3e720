"""What a person with many documents waits for."""

from __future__ import annotations

from collections.abc import Callable

from db.operations import citations, documents, questions, sketches, tenants
from processing.documents import library
from processing.questions import submit
from processing.services import Services
from processing.tenants import erasure

# The tenant with the most documents, see ``many_rows.Numbers``.
TENANT = 1


def list_personal(services: Services) -> dict[str, Callable[[], object]]:
    """Return functions by name that read, and at last delete, what one tenant owns."""

    def read(what: Callable[..., object], *arguments: object) -> Callable[[], object]:
        def run() -> object:
            with services.database.tenant(TENANT, reading=True) as session:
                return what(session, TENANT, *arguments)

        return run

    def write(what: Callable[..., object], *arguments: object) -> Callable[[], object]:
        def run() -> object:
            with services.database.tenant(TENANT) as session:
                return what(session, TENANT, *arguments)

        return run

    return {
        "list": lambda: library.list_library(services, TENANT, limit=8),
        "quota": lambda: library.get_quota(services, TENANT),
        "unfinished": lambda: library.list_unfinished(services, TENANT),
        "prepare question": lambda: submit.prepare_question(services, TENANT, "What dives?", f"{5:016x}", 1),
        "list searchable": read(documents.list_searchable),
        "find by message": read(documents.find_by_message, 1, 5, 1),
        "find same file": lambda: read(lambda s, t: documents.find_same(s, t, unique_id="file5"))(),
        "find by asked message": read(questions.find_by_asked_message, 1, 5, 1),
        "count holdings": lambda: erasure.count_holdings(services, TENANT),
        "count rows": read(tenants.count_rows),
        "read sketches": read(sketches.list_sketches, [f"{number:016x}" for number in range(1, 501)]),
        "delete 250 documents": write(documents.delete_some, 250),
        "delete 2000 citations": write(citations.delete_some, f"{5:016x}", 2000),
    }
