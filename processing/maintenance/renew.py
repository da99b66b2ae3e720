"""``python -m processing.maintenance.renew`` queues the renewal of every archive that another embedding model made.

Without this command an archive is renewed when its owner asks next. Workers renew one document of a person at a time,
beside their other work.
"""

from __future__ import annotations

import sys

from db.models import Document
from db.operations.upkeep.garbage import list_after
from processing.documents.films.renewal import is_outdated, request_renewal
from processing.maintenance.commands import run
from processing.services import Services

ROWS_AT_ONCE = 500


def main(services: Services) -> int:
    model = services.settings.embedding_model
    print(f"Documents to renew for {model}: {request_all(services, model)}.")
    return 0


def request_all(services: Services, model: str) -> int:
    """Queue the renewal of each document with vectors of another model, and return their number."""
    count, last = 0, ""
    while True:
        with services.database.upkeep(reading=True) as session:
            rows = list_after(session, Document, last, ROWS_AT_ONCE)
        if not rows:
            return count
        for row in [row for row in rows if is_outdated(row, model)]:
            request_renewal(services, row.tenant_id, row.chat_id, row, model)
            count += 1
        last = rows[-1].id


if __name__ == "__main__":
    sys.exit(run(main))
