"""Puts into the file of a plan what screens ask of all its records together."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson

from ticketferry.errors import StalePlanError
from ticketferry.plan.file import causes, changes, findings, reader, writes
from ticketferry.plan.file.kept import KEPT
from ticketferry.plan.file.reader import PlanFile

__all__ = ["ASKED", "keep_sums", "verify_sums"]

ASKED = (causes, changes, findings, reader, writes)
"""The modules whose questions are kept: whoever saves a plan knows all of them."""


def keep_sums(path: Path) -> None:
    """Answer each question that is kept from the rows of a saved plan, and add the answers to its file. No part of its digest."""
    with closing(PlanFile(path)) as plan:
        answers = list(_worked_out(plan))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE kept(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        connection.executemany("INSERT INTO kept VALUES (?, ?)", answers)
        connection.execute("COMMIT")


def verify_sums(plan: PlanFile) -> None:
    """Work out again what is kept, and compare. Raises StalePlanError where screens were shown something else than the rows say."""
    if any(plan.answer(name) not in (None, orjson.loads(answer)) for name, answer in _worked_out(plan)):
        raise StalePlanError(
            f"plan {plan.id} is not as it was saved",
            where=str(plan.path),
            remedy="Make a new plan: `ticketferry plan`.",
        )


def _worked_out(plan: PlanFile) -> Iterator[tuple[str, str]]:
    for name, work in sorted(KEPT.items()):
        yield name, orjson.dumps(work(plan)).decode()
