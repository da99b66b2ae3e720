"""Records the statements of functions with their times, and asks PostgreSQL how it executes them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from db.engine import Database

Plan = dict[str, Any]


@dataclass
class Statement:
    """A statement as the driver got it, and the milliseconds that it took."""

    sql: str
    parameters: Any
    milliseconds: float = 0.0


@contextmanager
def record(engine: Engine) -> Iterator[list[Statement]]:
    """A context with the list of all statements that are executed while it lasts."""
    recorded: list[Statement] = []
    began = [0.0]

    def before(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        recorded.append(Statement(sql, parameters[0] if many and parameters else parameters))
        began[0] = time.perf_counter()

    def after(*_arguments: Any) -> None:
        recorded[-1].milliseconds = 1000 * (time.perf_counter() - began[0])

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield recorded
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def explain(database: Database, statement: Statement) -> Plan:
    """Return PostgreSQL's plan for the statement, which is not executed."""
    with database.engine.connect() as connection:
        answer = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement.sql}", statement.parameters).scalar_one()
    plan: Plan = answer[0]["Plan"]
    return plan


def can_be_explained(statement: Statement) -> bool:
    return statement.sql.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH"))


def walk(plan: Plan) -> Iterator[Plan]:
    """Yield the node and all below it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from walk(part)


def list_scanned_tables(plan: Plan) -> list[str]:
    """Return the tables that the plan reads from the first row to the last."""
    return [node["Relation Name"] for node in walk(plan) if node["Node Type"] == "Seq Scan"]


def describe_plan(plan: Plan) -> str:
    """Return how the plan reads its tables, such as ``Index Scan ix_documents_over``."""
    nodes = [node for node in walk(plan) if "Scan" in node["Node Type"]]
    return ", ".join(f"{node['Node Type']} {node.get('Index Name') or node.get('Relation Name', '')}" for node in nodes)
