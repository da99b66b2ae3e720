"""How long each table keeps its rows, and what ends them; a test finds tables that are missing here."""

from __future__ import annotations

from typing import NamedTuple


class Lifetime(NamedTuple):
    """``kept`` completes the sentence "a row is kept …"; ``ended_by`` names the functions that delete rows."""

    kept: str
    ended_by: tuple[str, ...]


ERASURE = "db.operations.tenants.delete_some_rows"
LIFETIMES = {
    "tenants": Lifetime("until the person sends /forgetme", ("db.operations.tenants.delete_tenant",)),
    "documents": Lifetime(
        "until its owner deletes it; cancelled ones, and failed ones that cannot be tried again, until the work ends",
        ("db.operations.documents.delete_document", ERASURE),
    ),
    "questions": Lifetime("for a day", ("db.operations.upkeep.garbage.drop_old_questions", ERASURE)),
    "tasks": Lifetime("until the work is over", ("db.operations.tasks.delete_task", ERASURE)),
    "outbox": Lifetime(
        "for an hour after it was delivered; for 90 days if it could not be delivered",
        ("db.operations.upkeep.outbox.drop_ended", ERASURE),
    ),
    "events": Lifetime("for two days", ("db.operations.upkeep.garbage.drop_old_events", ERASURE)),
    "citations": Lifetime(
        "as long as its document, because buttons below old answers still work",
        ("db.operations.documents.delete_document", "db.operations.questions.delete_question", ERASURE),
    ),
    "sketches": Lifetime("as long as its document", ("db.operations.documents.delete_document", ERASURE)),
    "daily_usage": Lifetime("for 90 days", ("db.operations.upkeep.garbage.drop_old_usage", ERASURE)),
    "ratings": Lifetime("for a year", ("db.operations.upkeep.garbage.drop_old_ratings", ERASURE)),
    "updates": Lifetime(
        "for two days after it was handled; a dead letter for 14 days",
        ("db.operations.upkeep.updates.drop_ended_updates",),
    ),
    "workers": Lifetime(
        "until two minutes after the last heartbeat", ("db.operations.upkeep.workers.drop_silent_workers",)
    ),
    "alerts": Lifetime(
        "while the check fails, and for 30 days after", ("db.operations.upkeep.alerts.drop_settled_alerts",)
    ),
    "upkeep_leases": Lifetime("for a day after it was last renewed", ("db.operations.upkeep.leases.drop_old_leases",)),
    "daily_stats": Lifetime(
        "for 400 days, then added to one row for all days before", ("db.operations.upkeep.stats.add_up_old_stats",)
    ),
}
