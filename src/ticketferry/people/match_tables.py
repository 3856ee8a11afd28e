"""What matching works with: tables of both sides' records and keys."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ticketferry.people.account import AccountKind
from ticketferry.people.decisions import Decisions
from ticketferry.schema.records import Record

__all__ = [
    "RANKS",
    "TABLES",
    "WORTHLESS",
    "MatchJob",
    "SourceAccount",
    "TargetAccount",
    "survivor_of",
]


RANKS: dict[str, int] = {"agent": 0, "app": 1, "customer": 2, "organization": 0}


TABLES = """
DROP TABLE IF EXISTS temp.there;
DROP TABLE IF EXISTS temp.there_keys;
DROP TABLE IF EXISTS temp.here;
DROP TABLE IF EXISTS temp.here_keys;
DROP TABLE IF EXISTS temp.fits;
DROP TABLE IF EXISTS temp.chosen;
CREATE TEMP TABLE there (
    ref TEXT PRIMARY KEY, kind TEXT, state TEXT, emails TEXT, external TEXT, mark TEXT, owner TEXT, told TEXT
) WITHOUT ROWID;
CREATE TEMP TABLE there_keys (key TEXT, ref TEXT, name TEXT, weak INTEGER, PRIMARY KEY (key, ref)) WITHOUT ROWID;
CREATE TEMP TABLE here (
    ref TEXT PRIMARY KEY, survivor TEXT, name TEXT, side TEXT, emails TEXT, external TEXT, decided TEXT, how TEXT, gone INTEGER,
    told TEXT
) WITHOUT ROWID;
CREATE TEMP TABLE here_keys (key TEXT, ref TEXT, survivor TEXT, name TEXT, weak INTEGER, PRIMARY KEY (key, ref)) WITHOUT ROWID;
CREATE TEMP TABLE fits (survivor TEXT, target TEXT, how TEXT, doubt TEXT, PRIMARY KEY (survivor, target, how, doubt)) WITHOUT ROWID;
CREATE TEMP TABLE chosen (survivor TEXT PRIMARY KEY, target TEXT, kind TEXT, how TEXT, own INTEGER) WITHOUT ROWID;
"""


WORTHLESS = """
DELETE FROM here_keys WHERE key IN (SELECT key FROM here_keys WHERE key LIKE 'external_id:%' GROUP BY key HAVING count(DISTINCT name) > 1);
DELETE FROM there_keys WHERE key IN (SELECT key FROM there_keys WHERE key LIKE 'external_id:%' GROUP BY key HAVING count(DISTINCT name) > 1);
"""
"""A number that several people of different names bear tells none of them."""


@dataclass(frozen=True, slots=True)
class MatchJob:
    """One matching of people or of organizations."""

    database: sqlite3.Connection
    by: Sequence[str]
    agents: Mapping[str, str]
    decisions: Decisions
    organization: bool
    tell: Callable[[Record], str]


class SourceAccount(NamedTuple):
    """A record of the source; `decided`: key of the account that somebody named, "-" for nobody, "" where nobody decided."""

    ref: str
    survivor: str
    name: str
    side: str
    emails: str
    external: str
    decided: str
    how: str


class TargetAccount(NamedTuple):
    """An account of the target, as it fits a key; `owner`: whose it is by our mark or by an earlier plan. `emails`: domains of an organization."""

    ref: str
    kind: AccountKind
    state: str
    emails: str
    external: str
    owner: str
    weak: int
    name: str


def survivor_of(job: MatchJob, ref: str) -> str:
    """Return who stands for a record in the source."""
    row = job.database.execute("SELECT survivor FROM survivors WHERE ref = ?", (ref,)).fetchone()
    return str(row[0]) if row else ref
