"""Who is one with whom in the source: exact keys that contradict nothing, memory that does not grow."""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice

from ticketferry.errors import ConfigError
from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.directory import RESULTS, Directory
from ticketferry.people.keys import (
    emails_of,
    external_key,
    id_order,
    name_of,
    person_keys,
    side_of,
    unverified,
)
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref

__all__ = ["chunks", "cluster", "join_organizations", "suggestions"]

_CHUNK = 5_000
_RANK = {"active": 0, "suspended": 1, "deleted": 2, "merged": 3}


def cluster(
    persons: Iterable[Record], database: sqlite3.Connection, decisions: Decisions | None = None
) -> int:
    """Find people who are one by an exact key and write them to the table `survivors`; returns how many lost their place.

    Replaces what an earlier call wrote. One are by themselves only those whom the desk merged, and those who share a key that nothing
    contradicts: one name, one external id, one address where the key is the external id, an address that nobody calls unverified.
    All others who share a key go to the table `suspects`, and stay separate until somebody decides. Agents and end users are never
    one. The survivor is active before suspended before deleted, then has most identities, then the lowest id. A decision `separate`
    or a survivor of one's own wins.
    """
    decisions = decisions or Decisions()
    database.executescript(RESULTS)
    database.executescript(
        """
        DELETE FROM survivors WHERE substr(ref, instr(ref, ':') + 1, 7) = 'person:';
        DELETE FROM suspects;
        DROP TABLE IF EXISTS temp.cluster_people;
        DROP TABLE IF EXISTS temp.cluster_keys;
        CREATE TEMP TABLE cluster_people (
            ref TEXT PRIMARY KEY, side TEXT, state INTEGER, identities INTEGER, place TEXT, label TEXT, name TEXT, external TEXT
        ) WITHOUT ROWID;
        CREATE TEMP TABLE cluster_keys (key TEXT, ref TEXT, weak INTEGER, mail TEXT, PRIMARY KEY (key, ref)) WITHOUT ROWID;
        """
    )
    for chunk in chunks(persons):
        rows = [_person_row(person) for person in chunk]
        database.executemany("INSERT OR REPLACE INTO cluster_people VALUES (?,?,?,?,?,?,?,?)", rows)
        keys = [pair for person in chunk for pair in _cluster_keys(person, decisions)]
        database.executemany("INSERT OR IGNORE INTO cluster_keys VALUES (?,?,?,?)", keys)
    database.executescript(
        """
        DELETE FROM cluster_keys WHERE key IN (SELECT key FROM cluster_keys GROUP BY key HAVING count(*) = 1);
        DELETE FROM cluster_keys WHERE ref NOT IN (SELECT ref FROM cluster_people);
        CREATE INDEX temp.cluster_keys_ref ON cluster_keys (ref);
        """
    )
    _part_weak_keys(database)
    _spread(database)
    _part_contradictions(database)
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


def chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield the records in portions that fit into memory."""
    iterator = iter(records)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _person_row(person: Record) -> tuple[str, str, int, int, str, str, str, str]:
    ref = person["ref"]
    state = "merged" if person.get("merged_into") else person.get("state", "active")
    identities, name, external = (
        len(person.get("identities") or ()),
        name_of(person),
        external_key(person.get("external_id")),
    )
    return ref, side_of(person), _RANK.get(state, 3), identities, id_order(ref), ref, name, external


def _cluster_keys(person: Record, decisions: Decisions) -> Iterator[tuple[str, str, int, str]]:
    ref, side = person["ref"], side_of(person)
    chosen = decisions.chosen(ref)
    if chosen is not None and (chosen == "" or parse_ref(chosen).desk == parse_ref(ref).desk):
        return
    mail = next(emails_of(person), "")
    for key in person_keys(person):
        address = key.removeprefix("email:")
        yield f"{side}|{key}", ref, int(address != key and unverified(person, address)), mail
    winner = person.get("merged_into")
    if winner and decisions.chosen(winner) != "":
        yield f"{side}|merged:{winner}", ref, 0, ""
        yield f"{side}|merged:{winner}", winner, 0, ""


_WEAK = """
SELECT key FROM cluster_keys JOIN cluster_people USING (ref) WHERE key NOT LIKE '%|merged:%' GROUP BY key
HAVING count(DISTINCT name) > 1 OR max(weak) OR count(DISTINCT nullif(external, '')) > 1
    OR (key LIKE '%|external_id:%' AND count(DISTINCT nullif(mail, '')) > 1)
"""


def _part_weak_keys(database: sqlite3.Connection) -> None:
    """Take the keys out that join nobody by themselves, and keep who shares them as suspects."""
    database.executescript(
        f"CREATE TEMP TABLE cluster_weak AS {_WEAK};"  # noqa: S608 -- a constant
        """
        INSERT OR IGNORE INTO suspects
        SELECT ref, first, substr(key, instr(key, '|') + 1) FROM (
            SELECT key, ref, first_value(ref) OVER (PARTITION BY key ORDER BY state, identities DESC, place, ref) AS first
            FROM cluster_keys JOIN cluster_people USING (ref) WHERE key IN (SELECT key FROM cluster_weak)
        ) WHERE ref <> first;
        DELETE FROM cluster_keys WHERE key IN (SELECT key FROM cluster_weak);
        DROP TABLE cluster_weak;
        """
    )


def _part_contradictions(database: sqlite3.Connection) -> None:
    """Part those whom a chain of keys joined although they have several external ids, unless the desk itself merged them."""
    database.executescript(
        """
        CREATE TEMP TABLE cluster_torn AS SELECT label FROM cluster_people GROUP BY label
            HAVING count(DISTINCT nullif(external, '')) > 1
            AND sum(ref IN (SELECT ref FROM cluster_keys WHERE key LIKE '%|merged:%')) < count(*);
        INSERT OR IGNORE INTO suspects SELECT ref, label, 'several external ids' FROM cluster_people
            WHERE label IN (SELECT label FROM cluster_torn) AND ref <> label;
        DELETE FROM cluster_keys WHERE ref IN (SELECT ref FROM cluster_people WHERE label IN (SELECT label FROM cluster_torn));
        DROP TABLE cluster_torn;
        """
    )


def join_organizations(
    organizations: Iterable[Record], database: sqlite3.Connection, decisions: Decisions
) -> None:
    """Write to the table `survivors` which organizations somebody decided to be one. None is one with another by itself."""
    database.executescript(RESULTS)
    database.execute("DELETE FROM survivors WHERE substr(ref, instr(ref, ':') + 1, 13) = 'organization:'")
    known = {record["ref"] for record in organizations if decisions.rows}
    for row in decisions.rows.values():
        chosen = row.chosen()
        if row.ref in known and chosen and parse_ref(chosen).desk == parse_ref(row.ref).desk:
            if chosen not in known:
                raise ConfigError(
                    f"{row.ref} was decided to be {chosen}: one of them is not in the snapshot",
                    where=decisions.places.get(row.ref, ""),
                    remedy="Change the row in the decisions file.",
                )
            database.execute("INSERT OR REPLACE INTO survivors VALUES (?,?,?)", (row.ref, chosen, "decision"))
    _follow(database, decisions)


def _spread(database: sqlite3.Connection) -> None:
    """Spread the least ref of every group over its keys until nothing moves: connected groups get one label.

    Each round is linear in the keys, and labels that point at each other are followed to their end, so that the rounds of a long chain
    are few.
    """
    database.executescript(
        """
        CREATE TEMP TABLE cluster_least (key TEXT, side TEXT, label TEXT, PRIMARY KEY (key, side)) WITHOUT ROWID;
        CREATE INDEX temp.cluster_keys_key ON cluster_keys (key);
        """
    )
    while True:
        database.execute("DELETE FROM cluster_least")
        database.execute(
            "INSERT INTO cluster_least SELECT key, side, min(label) FROM cluster_keys JOIN cluster_people USING (ref) GROUP BY key, side"
        )
        moved = database.execute(
            """
            UPDATE cluster_people SET label = least.label FROM (
                SELECT ref, min(cluster_least.label) AS label FROM cluster_keys JOIN cluster_people USING (ref)
                JOIN cluster_least USING (key, side) GROUP BY ref
            ) AS least WHERE cluster_people.ref = least.ref AND least.label < cluster_people.label
            """
        ).rowcount
        if not moved:
            break
        while database.execute(
            """
            UPDATE cluster_people SET label = next.label FROM cluster_people AS next
            WHERE next.ref = cluster_people.label AND next.label < cluster_people.label
            """
        ).rowcount:
            pass
    database.execute("DROP TABLE cluster_least")


def _decide_survivors(database: sqlite3.Connection, decisions: Decisions) -> None:
    """Let decided survivors win, and follow chains to their end; a ring of decisions leaves everybody alone."""
    for row in decisions.rows.values():
        chosen = row.chosen()
        if parse_ref(row.ref).kind is not Kind.PERSON:
            continue
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
                    where=decisions.places.get(row.ref, ""),
                    remedy="Change the row in the decisions file.",
                )
            database.execute("INSERT OR REPLACE INTO survivors VALUES (?,?,?)", (row.ref, chosen, "decision"))
    _follow(database, decisions)


def _follow(database: sqlite3.Connection, decisions: Decisions) -> None:
    """Follow chains of decisions to their end; a ring leaves everybody in it alone."""
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


def suggestions(database: sqlite3.Connection, persons: Iterable[Record]) -> Iterator[Decision]:
    """Yield rows for the decisions file: everybody who is one with another (as suggested already), and everybody who may be."""
    directory = Directory(database)
    for person in persons:
        ref = person["ref"]
        survivor = directory.survivor(ref)
        if survivor != ref:
            why = "same e-mail or external id"
            yield Decision(ref, person.get("name", ""), person.get("email", ""), survivor, "", why)
            continue
        row = database.execute(
            "SELECT other, min(why) FROM suspects WHERE ref = ? GROUP BY other ORDER BY other LIMIT 1", (ref,)
        ).fetchone()
        if row is not None:
            why = f"may be the same: {row[1]}"
            yield Decision(ref, person.get("name", ""), person.get("email", ""), row[0], "", why)
