"""The file of a directory: who of the source is one, whose account of the target stands for whom, and who is in doubt."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.store.database import quoted
from ticketferry.store.tables_file import TablesFile

__all__ = ["DirectoryTables"]

_TABLES = """
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
CREATE INDEX IF NOT EXISTS survivors_survivor ON survivors (survivor);
CREATE TABLE IF NOT EXISTS digest (value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decided (ref TEXT PRIMARY KEY, word TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS named (account TEXT PRIMARY KEY, ref TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS candidates (ref TEXT, target TEXT, how TEXT, PRIMARY KEY (ref, target, how)) WITHOUT ROWID;
"""
_DIGESTED = (
    "SELECT ref, survivor FROM survivors ORDER BY ref",
    "SELECT ref, target, kind, how FROM accounts ORDER BY ref",
    "SELECT ref, why FROM contested ORDER BY ref",
    "SELECT ref, why FROM shown ORDER BY ref, why",
    "SELECT person, organization, told FROM drawn ORDER BY person, organization",
    "SELECT ref, word FROM decided ORDER BY ref",
)
_NAMED = "SELECT '&' || account, ref FROM named ORDER BY account"
"""Asked apart: where a mapping names no account, the digest is what it was."""


class DirectoryTables(TablesFile):
    """`survivors` of a cluster; `suspects` who share a key and stay separate; `accounts` of the target; `contested` people and
    organizations, whose keys contradict each other; `shown`: why a match shows more people what it gets; `decided` words; `drawn`: who
    becomes a member of an organization by the domain of their address; `candidates` that are accounts which fit them.

    People and organizations are named by their refs (`acme:person:7`). Written once, by whom `connection` belongs to, and only read
    afterwards.
    """  # fmt: skip

    tables = _TABLES

    def differing(self, other: Path) -> set[str]:
        """Return the refs of which another file of a directory says something else in what plans depend on."""
        self.connection.execute("ATTACH DATABASE ? AS other", (f"file:{quoted(other)}?mode=ro",))
        try:
            refs: set[str] = set()
            for query in (*_DIGESTED, _NAMED):
                ours = query[: query.index(" ORDER BY")]
                theirs = ours.replace(" FROM ", " FROM other.")
                # Of those who are one, whoever stands for the others has something of theirs.
                columns = 2 if " drawn" in ours or " survivors" in ours else 1
                for one, two in ((ours, theirs), (theirs, ours)):
                    for row in self.connection.execute(f"{one} EXCEPT {two}"):
                        refs.update(row[:columns])
            return refs
        finally:
            self.connection.execute("DETACH DATABASE other")

    def commit(self) -> None:
        """Keep what was written."""
        self.connection.commit()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    # ---- who is one with whom ------------------------------------------------------------------------------------

    def forget_people(self) -> None:
        """Take out who is one with whom, and who may be."""
        self.connection.executescript(
            "DELETE FROM survivors WHERE substr(ref, instr(ref, ':') + 1, 7) = 'person:'; DELETE FROM suspects;"
        )

    def forget_organizations(self) -> None:
        """Take out which organizations are one."""
        self.connection.execute(
            "DELETE FROM survivors WHERE substr(ref, instr(ref, ':') + 1, 13) = 'organization:'"
        )

    def join(self, ref: str, survivor: str, why: str) -> None:
        """Note that somebody is one with somebody else, whatever was noted before."""
        self.connection.execute("INSERT OR REPLACE INTO survivors VALUES (?,?,?)", (ref, survivor, why))

    def part(self, refs: Iterable[str]) -> None:
        """Let each of them stand alone."""
        self.connection.executemany("DELETE FROM survivors WHERE ref = ?", [(ref,) for ref in refs])

    def shorten_chains(self) -> None:
        """Let everybody who is one with somebody name the last of the chain; call where no ring is left."""
        while self.connection.execute(
            """
            UPDATE survivors SET survivor = next.survivor FROM survivors AS next
            WHERE next.ref = survivors.survivor AND next.survivor <> survivors.ref
            """
        ).rowcount:
            pass

    def joined_to(self, ref: str) -> str | None:
        """Return who somebody was noted to be one with; None for who stands alone."""
        row = self.connection.execute("SELECT survivor FROM survivors WHERE ref = ?", (ref,)).fetchone()
        return str(row[0]) if row else None

    def survivor(self, ref: str) -> str:
        """Return who stands for a record of the source; itself where it stands alone."""
        return self.joined_to(ref) or ref

    def one_with(self, survivor: str) -> list[str]:
        """Return for whom somebody stands, beside themselves."""
        rows = self.connection.execute(
            "SELECT ref FROM survivors WHERE survivor = ? AND ref <> ?", (survivor, survivor)
        )
        return [str(row[0]) for row in rows]

    def all_joined(self) -> Iterator[tuple[str, str]]:
        """Yield (survivor, ref) of all who are one with another, in order."""
        yield from self.connection.execute("SELECT survivor, ref FROM survivors ORDER BY survivor, ref")

    def add_account(self, ref: str, kind: str, how: str) -> None:
        """Note an account of the target that stands for itself: tickets name it in the place of somebody of the source."""
        self.connection.execute(
            "INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?, 0)", (ref, ref, kind, how)
        )

    def joined_by_keys(self) -> list[tuple[str, str]]:
        """Return (ref, survivor) of the people who are one by an exact key, in order; nobody decided that."""
        return self.connection.execute(
            "SELECT ref, survivor FROM survivors WHERE why <> 'decision' AND ref LIKE '%:person:%' ORDER BY ref"
        ).fetchall()

    def suspected(self) -> list[tuple[str, str]]:
        """Return (ref, other) of the people who share a key with somebody and stay separate, in order."""
        return self.connection.execute(
            "SELECT DISTINCT ref, other FROM suspects ORDER BY ref, other"
        ).fetchall()

    def joined_organizations(self) -> list[tuple[str, str]]:
        """Return (ref, survivor) of the organizations that are one with another, in order."""
        return self.connection.execute(
            "SELECT ref, survivor FROM survivors WHERE ref LIKE '%:organization:%' ORDER BY ref"
        ).fetchall()

    def merged(self) -> tuple[int, int]:
        """Return how many are one with another, and how many they come to."""
        refs, survivors = self.connection.execute(
            "SELECT count(*), count(DISTINCT survivor) FROM survivors"
        ).fetchone()
        return int(refs), int(survivors)

    def clusters(self, most: int, members: int) -> Iterator[tuple[str, str, list[str]]]:
        """Yield (survivor, why, others) of the first clusters, each with its first members."""
        for survivor, why in self.connection.execute(
            "SELECT survivor, min(why) FROM survivors GROUP BY survivor ORDER BY survivor LIMIT ?", (most,)
        ).fetchall():
            others = self.connection.execute(
                "SELECT ref FROM survivors WHERE survivor = ? ORDER BY ref LIMIT ?", (survivor, members)
            ).fetchall()
            yield survivor, why, [ref for (ref,) in others]

    def suspect(self, ref: str) -> tuple[str, str] | None:
        """Return (other, why) of the first who may be one with somebody, or None."""
        row: tuple[str, str] | None = self.connection.execute(
            "SELECT other, min(why) FROM suspects WHERE ref = ? GROUP BY other ORDER BY other LIMIT 1", (ref,)
        ).fetchone()
        return row

    # ---- whose account stands for whom ---------------------------------------------------------------------------

    def forget_accounts(self, *, organizations: bool) -> None:
        """Take out the matches of people, or of organizations."""
        of = (int(organizations),)
        self.connection.execute("DELETE FROM accounts WHERE (kind = 'organization') = ?", of)
        self.connection.execute("DELETE FROM contested WHERE (ref LIKE '%:organization:%') = ?", of)
        self.connection.execute("DELETE FROM candidates WHERE (ref LIKE '%:organization:%') = ?", of)

    def account(self, ref: str) -> tuple[Any, ...] | None:
        """Return (ref of the account, its kind, by what it was found), or None."""
        row: tuple[Any, ...] | None = self.connection.execute(
            "SELECT target, kind, how FROM accounts WHERE ref = ?", (ref,)
        ).fetchone()
        return row

    def name_account(self, account: str, ref: str) -> None:
        """Note the ref that an account has which the mapping names."""
        self.connection.execute("INSERT OR REPLACE INTO named VALUES (?, ?)", (account, ref))

    def named(self, account: str) -> str | None:
        """Return the ref of an account that the mapping names; None where it is not there, or nothing can be assigned to it."""
        row = self.connection.execute("SELECT ref FROM named WHERE account = ?", (account,)).fetchone()
        return str(row[0]) if row else None

    def holder(self, target: str) -> str | None:
        """Return for whom an account of the target stands, or None."""
        row = self.connection.execute("SELECT ref FROM accounts WHERE target = ?", (target,)).fetchone()
        return str(row[0]) if row else None

    def matched_organizations(self) -> dict[str, str]:
        """Return the organizations of the target that stand for one of the source: target -> source."""
        return dict(
            self.connection.execute("SELECT target, ref FROM accounts WHERE kind = 'organization'").fetchall()
        )

    def contest(self, ref: str, why: str) -> None:
        """Note why nobody knows whose account is somebody's; what was noted first stays."""
        self.connection.execute("INSERT OR IGNORE INTO contested VALUES (?,?)", (ref, why))

    def contested(self, ref: str) -> str:
        """Return why nobody knows whose account is somebody's; empty where nothing is contradicted."""
        row = self.connection.execute("SELECT why FROM contested WHERE ref = ?", (ref,)).fetchone()
        return str(row[0]) if row else ""

    def all_contested(self, *, organizations: bool) -> list[tuple[str, str]]:
        """Return (ref, why) of the people, or organizations, whose keys contradict each other, in order."""
        return self.connection.execute(
            "SELECT ref, why FROM contested WHERE (ref LIKE '%:organization:%') = ? ORDER BY ref",
            (int(organizations),),
        ).fetchall()

    def decide(self, words: Iterable[tuple[str, str]]) -> None:
        """Note what a person decided: (ref, word)."""
        self.connection.executemany("INSERT INTO decided VALUES (?, ?)", words)

    def decided(self, ref: str) -> str:
        """Return the word that a person decided, or an empty one."""
        row = self.connection.execute("SELECT word FROM decided WHERE ref = ?", (ref,)).fetchone()
        return str(row[0]) if row else ""

    # ---- who sees more -------------------------------------------------------------------------------------------

    def forget_shown(self) -> None:
        """Take out why matches show more people what they get."""
        self.connection.execute("DELETE FROM shown")

    def show(self, ref: str, why: str) -> None:
        """Note why more people than today see what goes to somebody's account."""
        self.connection.execute("INSERT OR IGNORE INTO shown VALUES (?,?)", (ref, why))

    def shown(self, ref: str) -> tuple[str, ...]:
        """Return why more people than today see what goes to somebody's account."""
        rows = self.connection.execute("SELECT why FROM shown WHERE ref = ? ORDER BY why", (ref,))
        return tuple(str(row[0]) for row in rows)

    def forget_drawn(self) -> None:
        """Take out who becomes a member by their address."""
        self.connection.execute("DELETE FROM drawn")

    def draw(self, person: str, organization: str, shown: str) -> None:
        """Note that somebody becomes a member of an organization by their address. `told`: how the person is shown."""
        self.connection.execute("INSERT OR IGNORE INTO drawn VALUES (?,?,?)", (person, organization, shown))

    def drawn(self, ref: str) -> tuple[str, ...]:
        """Return the organizations that a person is drawn into, or how those are shown whom an organization draws."""
        rows = self.connection.execute(
            "SELECT organization FROM drawn WHERE person = ?1 UNION SELECT told FROM drawn WHERE organization = ?1 ORDER BY 1",
            (ref,),
        )
        return tuple(str(row[0]) for row in rows)

    def drawn_into(self, organization: str) -> list[str]:
        """Return who becomes a member of an organization by the domain of their address."""
        rows = self.connection.execute("SELECT person FROM drawn WHERE organization = ?", (organization,))
        return [str(row[0]) for row in rows]

    # ---- the whole -----------------------------------------------------------------------------------------------

    def keep_findings(self, findings: Iterable[Finding]) -> None:
        """Note what was doubtful; once a file."""
        self.connection.execute(
            "CREATE TABLE finding(code TEXT, severity TEXT, subject TEXT, place TEXT, message TEXT, remedy TEXT)"
        )
        self.connection.executemany(
            "INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    finding.code,
                    finding.severity.value,
                    str(finding.subject or ""),
                    finding.where,
                    finding.message,
                    finding.remedy,
                )
                for finding in findings
            ],
        )

    def findings(self) -> list[Finding]:
        """Return what was doubtful, ordered."""
        rows = self.connection.execute(
            "SELECT code, severity, subject, place, message, remedy FROM finding ORDER BY code, subject, message"
        )
        return [
            Finding(code, Severity(severity), parse_ref(subject) if subject else None, place, message, remedy)
            for code, severity, subject, place, message, remedy in rows
        ]

    def keep_digest(self, value: str) -> None:
        """Keep the digest of what plans depend on: the file says the same for ever."""
        self.connection.execute("INSERT INTO digest VALUES (?)", (value,))

    def kept_digest(self) -> str | None:
        """Return the digest that was kept; None in a file of an older version."""
        row = self.connection.execute("SELECT value FROM digest").fetchone()
        return str(row[0]) if row else None

    def digested(self) -> Iterator[Iterator[tuple[str, ...]]]:
        """Yield, table by table, the ordered rows that plans depend on."""
        for query in _DIGESTED:
            yield self.connection.execute(query)
        if self.connection.execute("SELECT 1 FROM named").fetchone():
            yield self.connection.execute(_NAMED)
