"""Who is one with whom, and whose account stands in the target: exact keys, memory that does not grow."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Literal

from ticketferry.errors import ConfigError
from ticketferry.people.account import Account, AccountKind
from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.keys import email_key, id_order, organization_keys, person_keys, side_of, target_keys
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["Directory", "cluster", "match", "suggestions"]

_CHUNK = 5_000
_REMEMBERED = 20_000
_RANK = {"active": 0, "suspended": 1, "deleted": 2, "merged": 3}
_RESULTS = """
CREATE TABLE IF NOT EXISTS survivors (ref TEXT PRIMARY KEY, survivor TEXT NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (
    ref TEXT PRIMARY KEY, target TEXT NOT NULL, kind TEXT NOT NULL, how TEXT NOT NULL, own INTEGER NOT NULL
) WITHOUT ROWID;
"""


def cluster(
    persons: Iterable[Record], database: sqlite3.Connection, decisions: Decisions | None = None
) -> int:
    """Find people who are one by an exact key and write them to the table `survivors`; returns how many lost their place.

    Replaces what an earlier call wrote. Agents and end users are never one. The survivor is active before suspended before
    deleted, then has most identities, then the lowest id. A decision `separate` or a survivor of one's own wins.
    """
    decisions = decisions or Decisions()
    database.executescript(_RESULTS)
    database.executescript(
        """
        DELETE FROM survivors;
        DROP TABLE IF EXISTS temp.cluster_people;
        DROP TABLE IF EXISTS temp.cluster_keys;
        CREATE TEMP TABLE cluster_people (ref TEXT PRIMARY KEY, side TEXT, state INTEGER, identities INTEGER, place TEXT, label TEXT)
            WITHOUT ROWID;
        CREATE TEMP TABLE cluster_keys (key TEXT, ref TEXT, PRIMARY KEY (key, ref)) WITHOUT ROWID;
        """
    )
    for chunk in _chunks(persons):
        rows = [_person_row(person) for person in chunk]
        database.executemany("INSERT OR REPLACE INTO cluster_people VALUES (?,?,?,?,?,?)", rows)
        keys = [pair for person in chunk for pair in _cluster_keys(person, decisions)]
        database.executemany("INSERT OR IGNORE INTO cluster_keys VALUES (?,?)", keys)
    database.executescript(
        """
        DELETE FROM cluster_keys WHERE key IN (SELECT key FROM cluster_keys GROUP BY key HAVING count(*) = 1);
        DELETE FROM cluster_keys WHERE ref NOT IN (SELECT ref FROM cluster_people);
        CREATE INDEX temp.cluster_keys_ref ON cluster_keys (ref);
        """
    )
    _spread(database)
    database.execute(
        """
        INSERT INTO survivors
        SELECT ref, survivor, 'same key' FROM (
            SELECT ref, first_value(ref) OVER (PARTITION BY label ORDER BY state, identities DESC, place, ref) AS survivor
            FROM cluster_people WHERE ref IN (SELECT ref FROM cluster_keys)
        ) WHERE ref <> survivor
        """
    )
    _decide_survivors(database, decisions)
    database.executescript("DROP TABLE temp.cluster_people; DROP TABLE temp.cluster_keys;")
    return int(database.execute("SELECT count(*) FROM survivors").fetchone()[0])


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    iterator = iter(records)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _person_row(person: Record) -> tuple[str, str, int, int, str, str]:
    ref = person["ref"]
    state = "merged" if person.get("merged_into") else person.get("state", "active")
    return ref, side_of(person), _RANK.get(state, 3), len(person.get("identities") or ()), id_order(ref), ref


def _cluster_keys(person: Record, decisions: Decisions) -> Iterator[tuple[str, str]]:
    ref, side = person["ref"], side_of(person)
    chosen = decisions.chosen(ref)
    if chosen is not None and (chosen == "" or parse_ref(chosen).desk == parse_ref(ref).desk):
        return
    for key in person_keys(person):
        yield f"{side}|{key}", ref
    winner = person.get("merged_into")
    if winner and decisions.chosen(winner) != "":
        yield f"{side}|merged:{winner}", ref
        yield f"{side}|merged:{winner}", winner


def _spread(database: sqlite3.Connection) -> None:
    """Spread the least ref of every group over its keys until nothing moves: connected groups get one label."""
    while True:
        cursor = database.execute(
            """
            UPDATE cluster_people SET label = least.label FROM (
                SELECT mine.ref AS ref, min(other.label) AS label
                FROM cluster_keys AS mine JOIN cluster_keys AS theirs ON theirs.key = mine.key
                JOIN cluster_people AS other ON other.ref = theirs.ref
                JOIN cluster_people AS own ON own.ref = mine.ref AND own.side = other.side
                GROUP BY mine.ref
            ) AS least WHERE cluster_people.ref = least.ref AND least.label < cluster_people.label
            """
        )
        if cursor.rowcount == 0:
            return


def _decide_survivors(database: sqlite3.Connection, decisions: Decisions) -> None:
    """Let decided survivors win, and follow chains to their end; a ring of decisions leaves everybody alone."""
    for row in decisions.rows.values():
        chosen = row.chosen()
        if chosen and parse_ref(chosen).desk == parse_ref(row.ref).desk:
            sides = database.execute(
                "SELECT count(DISTINCT side), count(*) FROM cluster_people WHERE ref IN (?,?)",
                (row.ref, chosen),
            ).fetchone()
            if sides != (1, 2):
                said = (
                    "an agent and an end user are never one"
                    if sides[0] == 2
                    else "one of them is not in the snapshot"
                )
                raise ConfigError(
                    f"{row.ref} was decided to be {chosen}: {said}",
                    remedy="Change the row in the decisions file.",
                )
            database.execute("INSERT OR REPLACE INTO survivors VALUES (?,?,?)", (row.ref, chosen, "decision"))
    for row in decisions.rows.values():
        seen, ref = [row.ref], row.ref
        while (
            found := database.execute("SELECT survivor FROM survivors WHERE ref = ?", (ref,)).fetchone()
        ) is not None:
            ref = found[0]
            if ref in seen:
                database.executemany("DELETE FROM survivors WHERE ref = ?", [(each,) for each in seen])
                break
            seen.append(ref)
    while database.execute(
        """
        UPDATE survivors SET survivor = next.survivor FROM survivors AS next
        WHERE next.ref = survivors.survivor AND next.survivor <> survivors.ref
        """
    ).rowcount:
        pass


def match(
    source: Iterable[Record], target: Iterable[Record], database: sqlite3.Connection, *,
    by: Sequence[str] = ("external_id", "email"), agents: Mapping[str, str] | None = None, decisions: Decisions | None = None,
    kind: Literal[Kind.PERSON, Kind.ORGANIZATION] = Kind.PERSON,
) -> list[Finding]:  # fmt: skip
    """Find accounts of the target for people (or organizations) of the source and write them to the table `accounts`.

    Replaces what an earlier call wrote for this kind. Order: our own mark, a decision, the agents' file, then `by`. Agents'
    accounts come before customers'; two that fit equally are nobody's, with a finding P310. Call after `cluster`: what fits
    any of a group stands for its survivor, who comes first.
    """
    decisions = decisions or Decisions()
    organization = kind is Kind.ORGANIZATION
    database.executescript(_RESULTS)
    database.execute("DELETE FROM accounts WHERE (kind = 'organization') = ?", (int(organization),))
    database.executescript(
        """
        DROP TABLE IF EXISTS temp.target_keys;
        CREATE TEMP TABLE target_keys (key TEXT, ref TEXT, kind TEXT, PRIMARY KEY (key, ref)) WITHOUT ROWID;
        """
    )
    for chunk in _chunks(target):
        rows = [
            (key, record["ref"], "organization" if organization else _account_kind(record))
            for record in chunk
            if record.get("state", "active") == "active"
            for key in target_keys(record, organization=organization)
        ]
        database.executemany("INSERT OR REPLACE INTO target_keys VALUES (?,?,?)", rows)
    findings: list[Finding] = []
    folded = {key.casefold(): value for key, value in (agents or {}).items()}
    for chunk in _chunks(source):
        for record in chunk:
            found = _find(database, record, by, folded, decisions, findings, organization=organization)
            if found is None:
                continue
            row = database.execute(
                "SELECT survivor FROM survivors WHERE ref = ?", (record["ref"],)
            ).fetchone()
            database.execute(
                """
                INSERT INTO accounts VALUES (?,?,?,?,?) ON CONFLICT (ref) DO UPDATE SET
                    target = excluded.target, kind = excluded.kind, how = excluded.how, own = excluded.own
                WHERE (excluded.own, excluded.target) < (accounts.own, accounts.target)
                """,
                (row[0] if row else record["ref"], *found, 1 if row else 0),
            )
    database.execute("DROP TABLE temp.target_keys")
    return findings


def _account_kind(person: Record) -> AccountKind:
    account = person.get("account")
    if account in ("agent", "customer", "app"):
        return account  # type: ignore[no-any-return]
    if account == "placeholder":
        return "customer"
    return "agent" if side_of(person) == "agent" else "customer"


def _find(
    database: sqlite3.Connection, record: Record, by: Sequence[str], agents: Mapping[str, str], decisions: Decisions,
    findings: list[Finding], *, organization: bool,
) -> Account | None:  # fmt: skip
    ref = record["ref"]
    own = _best(database, f"origin:{ref}", "origin", record, findings)
    if own is not None:
        return own
    chosen = decisions.chosen(ref)
    if chosen == "":
        return None
    if chosen and parse_ref(chosen).desk != parse_ref(ref).desk:
        return _best(database, f"id:{parse_ref(chosen).id.casefold()}", "decision", record, findings)
    keys = organization_keys(record) if organization else person_keys(record)
    if agents and not organization:
        for name in (ref.casefold(), *(key.split(":", 1)[1] for key in keys)):
            wanted = agents.get(name)
            if wanted is not None:
                key = f"email:{email_key(wanted)}" if "@" in wanted else f"id:{wanted.casefold()}"
                return _best(database, key, "agents", record, findings)
    for rule in by:
        for key in keys:
            if key.startswith(f"{rule}:"):
                found = _best(database, key, rule, record, findings)
                if found is not None:
                    return found
    return None


def _best(
    database: sqlite3.Connection, key: str, how: str, record: Record, findings: list[Finding]
) -> Account | None:
    rows: list[tuple[str, AccountKind]] = database.execute(
        "SELECT ref, kind FROM target_keys WHERE key = ? ORDER BY kind = 'customer', kind = 'app', ref",
        (key,),
    ).fetchall()
    if not rows:
        return None
    best = [row for row in rows if row[1] == rows[0][1]]
    if len(best) > 1:
        message = f"{len(best)} accounts of the target fit by {how}: {', '.join(row[0] for row in best[:5])}"
        remedy = "Decide in the file that people.duplicates names."
        findings.append(
            Finding(
                "P310", Severity.DOUBT, parse_ref(record["ref"]), f"people.match ({how})", message, remedy
            )
        )
        return None
    return Account(best[0][0], best[0][1], how)


class Directory:
    """Reads the tables that `cluster` and `match` wrote."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(_RESULTS)
        self.survivor = lru_cache(maxsize=_REMEMBERED)(self._survivor)
        """Who a ref is one with; itself where it stands alone."""
        self.account = lru_cache(maxsize=_REMEMBERED)(self._account)
        """The account in the target that stands for a ref, or None."""

    def _survivor(self, ref: str) -> str:
        row = self._database.execute("SELECT survivor FROM survivors WHERE ref = ?", (ref,)).fetchone()
        return str(row[0]) if row else ref

    def _account(self, ref: str) -> Account | None:
        row = self._database.execute(
            "SELECT target, kind, how FROM accounts WHERE ref = ?", (ref,)
        ).fetchone()
        return Account(*row) if row else None

    def refresh(self) -> None:
        """Forget what was remembered, after the tables were written again."""
        self.survivor.cache_clear()
        self.account.cache_clear()

    def digest(self) -> str:
        """Digest of both tables, for the plan's inputs."""
        made = blake2b(digest_size=16)
        for query in (
            "SELECT ref, survivor FROM survivors ORDER BY ref",
            "SELECT ref, target, kind, how FROM accounts ORDER BY ref",
        ):
            for row in self._database.execute(query):
                made.update("\x1f".join(row).encode("utf-8", "surrogatepass") + b"\x1e")
            made.update(b"\x1d")
        return made.hexdigest()


def suggestions(database: sqlite3.Connection, persons: Iterable[Record]) -> Iterator[Decision]:
    """Yield a row for the decisions file for everybody who is one with another, with the survivor as suggestion."""
    directory = Directory(database)
    for person in persons:
        survivor = directory.survivor(person["ref"])
        if survivor != person["ref"]:
            yield Decision(
                person["ref"],
                person.get("name", ""),
                person.get("email", ""),
                survivor,
                "",
                "same e-mail or external id",
            )
