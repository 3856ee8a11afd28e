"""What was worked out of people and organizations: who is one with whom, whose account stands for whom, who is in doubt."""

import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b

from ticketferry.people.account import Account, Standing
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["RESULTS", "Directory", "keep_decided", "keep_findings"]

_REMEMBERED = 20_000
RESULTS = """
CREATE TABLE IF NOT EXISTS survivors (ref TEXT PRIMARY KEY, survivor TEXT NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS suspects (ref TEXT, other TEXT, why TEXT, PRIMARY KEY (ref, other, why)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (
    ref TEXT PRIMARY KEY, target TEXT NOT NULL, kind TEXT NOT NULL, how TEXT NOT NULL, own INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS accounts_target ON accounts (target);
CREATE TABLE IF NOT EXISTS contested (ref TEXT PRIMARY KEY, why TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shown (ref TEXT, why TEXT, PRIMARY KEY (ref, why)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS drawn (person TEXT, organization TEXT, told TEXT, PRIMARY KEY (person, organization)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS drawn_by_organization ON drawn (organization);
CREATE TABLE IF NOT EXISTS decided (ref TEXT PRIMARY KEY, word TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS candidates (ref TEXT, target TEXT, how TEXT, PRIMARY KEY (ref, target, how)) WITHOUT ROWID;
"""
"""Tables of a directory: `survivors` of a cluster; `suspects` who share a key and stay separate; `accounts` of the target; `contested`
people and organizations, whose keys contradict each other; `shown`: why a match shows more people what it gets; `decided` words; `drawn`: who
becomes a member of an organization by the domain of their address; `candidates` that are accounts which fit them."""


class Directory:
    """Reads the tables that `cluster` and `match` wrote."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(RESULTS)
        self.survivor = lru_cache(maxsize=_REMEMBERED)(self._survivor)
        """Who a ref is one with; itself where it stands alone."""
        self.account = lru_cache(maxsize=_REMEMBERED)(self._account)
        """The account in the target that stands for a ref, or None."""
        self.standing = lru_cache(maxsize=_REMEMBERED)(self._standing)
        """What is known of a ref beside its account."""

    def _survivor(self, ref: str) -> str:
        row = self._database.execute("SELECT survivor FROM survivors WHERE ref = ?", (ref,)).fetchone()
        return str(row[0]) if row else ref

    def _account(self, ref: str) -> Account | None:
        row = self._database.execute(
            "SELECT target, kind, how FROM accounts WHERE ref = ?", (ref,)
        ).fetchone()
        return Account(*row) if row else None

    def contested(self, ref: str) -> str:
        """Tell why nobody knows whose account is a ref's; "" where nothing is contradicted."""
        return self.standing(ref).contested

    def _standing(self, ref: str) -> Standing:
        execute = self._database.execute
        row = execute("SELECT why FROM contested WHERE ref = ?", (ref,)).fetchone()
        word = execute("SELECT word FROM decided WHERE ref = ?", (ref,)).fetchone()
        shown = execute("SELECT why FROM shown WHERE ref = ? ORDER BY why", (ref,)).fetchall()
        drawn = execute(
            "SELECT organization FROM drawn WHERE person = ?1 UNION SELECT told FROM drawn WHERE organization = ?1 ORDER BY 1",
            (ref,),
        ).fetchall()
        return Standing(
            str(row[0]) if row else "",
            tuple(str(item[0]) for item in shown),
            str(word[0]) if word else "",
            drawn=tuple(str(item[0]) for item in drawn),
        )

    def one_with(self, ref: str) -> list[str]:
        """Return who of the source a person or organization stands for, beside itself."""
        rows = self._database.execute("SELECT ref FROM survivors WHERE survivor = ? AND ref <> ?", (ref, ref))
        return [str(row[0]) for row in rows]

    def drawn_into(self, ref: str) -> list[str]:
        """Return who becomes a member of an organization by the domain of their address."""
        rows = self._database.execute("SELECT person FROM drawn WHERE organization = ?", (ref,))
        return [str(row[0]) for row in rows]

    def merged(self) -> tuple[int, int]:
        """Return how many are one with another, and how many they come to."""
        refs, survivors = self._database.execute(
            "SELECT count(*), count(DISTINCT survivor) FROM survivors"
        ).fetchone()
        return int(refs), int(survivors)

    def clusters(self, most: int, members: int) -> Iterator[tuple[str, str, list[str]]]:
        """Yield (survivor, why, others) of the first clusters, each with its first members."""
        for survivor, why in self._database.execute(
            "SELECT survivor, min(why) FROM survivors GROUP BY survivor ORDER BY survivor LIMIT ?", (most,)
        ).fetchall():
            others = self._database.execute(
                "SELECT ref FROM survivors WHERE survivor = ? ORDER BY ref LIMIT ?", (survivor, members)
            ).fetchall()
            yield survivor, why, [ref for (ref,) in others]

    def findings(self) -> list[Finding]:
        """Return what was doubtful when accounts were matched."""
        rows = self._database.execute(
            "SELECT code, severity, subject, place, message, remedy FROM finding ORDER BY code, subject, message"
        ).fetchall()
        return [
            Finding(code, Severity(severity), parse_ref(subject) if subject else None, place, message, remedy)
            for code, severity, subject, place, message, remedy in rows
        ]

    def refresh(self) -> None:
        """Forget what was remembered, after the tables were written again."""
        self.survivor.cache_clear()
        self.account.cache_clear()
        self.standing.cache_clear()

    def digest(self) -> str:
        """Digest of what plans depend on, for the plan's inputs."""
        made = blake2b(digest_size=16)
        for query in (
            "SELECT ref, survivor FROM survivors ORDER BY ref",
            "SELECT ref, target, kind, how FROM accounts ORDER BY ref",
            "SELECT ref, why FROM contested ORDER BY ref",
            "SELECT ref, why FROM shown ORDER BY ref, why",
            "SELECT person, organization, told FROM drawn ORDER BY person, organization",
            "SELECT ref, word FROM decided ORDER BY ref",
        ):
            for row in self._database.execute(query):
                made.update("\x1f".join(row).encode("utf-8", "surrogatepass") + b"\x1e")
            made.update(b"\x1d")
        return made.hexdigest()


def keep_decided(database: sqlite3.Connection, words: Iterable[tuple[str, str]]) -> None:
    """Note what a person decided of a ref."""
    database.executemany("INSERT INTO decided VALUES (?, ?)", words)


def keep_findings(database: sqlite3.Connection, findings: Iterable[Finding]) -> None:
    """Note what was doubtful."""
    database.execute(
        "CREATE TABLE finding(code TEXT, severity TEXT, subject TEXT, place TEXT, message TEXT, remedy TEXT)"
    )
    database.executemany(
        "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?)",
        [
            (item.code, item.severity.value, str(item.subject or ""), item.where, item.message, item.remedy)
            for item in findings
        ],
    )
