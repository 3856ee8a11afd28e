"""Who else sees what goes to a matched organization: members there who are none here, and sharing that is wider there."""

import sqlite3
from collections.abc import Callable, Iterator

from ticketferry.people.match import told
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref

__all__ = ["note_strangers"]

_NAMED = 5
_TABLES = """
DROP TABLE IF EXISTS temp.member_there;
DROP TABLE IF EXISTS temp.belongs;
CREATE TEMP TABLE member_there (organization TEXT, person TEXT, told TEXT, PRIMARY KEY (organization, person)) WITHOUT ROWID;
CREATE TEMP TABLE belongs (organization TEXT, person TEXT, PRIMARY KEY (organization, person)) WITHOUT ROWID;
"""


def note_strangers(
    database: sqlite3.Connection,
    here: Callable[[Kind], Iterator[Record]],
    there: Callable[[Kind], Iterator[Record]],
    owner: Callable[[Kind, str], str | None],
    *,
    open_sharing: bool,
    closes: Callable[[str], bool] = lambda _: False,
) -> None:
    """Write to the table `shown` why more people than today see the tickets of a matched organization. Call after `match`.

    `open_sharing`: members of every organization of the target see each other's tickets. `owner`: whose account one is by an earlier
    plan. `closes`: an earlier plan opened the organization there, so that this one closes it, before its tickets, where it is closed
    here now. Agents see tickets anyhow and do not count.
    """
    database.execute("DELETE FROM shown")
    called = {record["ref"]: str(record.get("name") or record["ref"]) for record in here(Kind.ORGANIZATION)}
    for ref, survivor in database.execute(
        "SELECT ref, survivor FROM survivors WHERE ref LIKE '%:organization:%' ORDER BY ref"
    ).fetchall():
        why = f"the members of {called.get(ref, ref)} and of {called.get(survivor, survivor)} see each other's tickets: they were decided to be one"
        _note(database, survivor, why)
    if not open_sharing:
        _note_defaults(database, there)
    matched: dict[str, str] = dict(
        database.execute("SELECT target, ref FROM accounts WHERE kind = 'organization'").fetchall()
    )
    if not matched:
        return
    database.executescript(_TABLES)
    shares: dict[str, bool] = {}
    sources = set(matched.values())
    for record in here(Kind.ORGANIZATION):
        survivor = _survivor(database, record["ref"])
        if survivor in sources:
            shares[survivor] = shares.get(survivor, False) or record.get("shared_tickets") is True
    for record in there(Kind.ORGANIZATION):
        if record["ref"] in matched:
            shares[record["ref"]] = open_sharing or record.get("shared_tickets") is True
    for record in there(Kind.PERSON):
        for organization in record.get("organizations") or ():
            if organization in matched and record.get("account") not in ("agent", "app"):
                database.execute(
                    "INSERT OR IGNORE INTO member_there VALUES (?,?,?)",
                    (organization, record["ref"], told(record)),
                )
    for record in here(Kind.PERSON):
        survivor = _survivor(database, record["ref"])
        for ref in record.get("organizations") or ():
            organization = _survivor(database, ref)
            if organization in sources:
                database.execute("INSERT OR IGNORE INTO belongs VALUES (?,?)", (organization, survivor))
    for target, source in sorted(matched.items()):
        if not shares.get(target, False):
            continue
        if not open_sharing and not shares.get(source, False) and closes(source):
            continue
        if not open_sharing and not shares.get(source, False):
            _note(
                database,
                source,
                "the members of the organization there see each other's tickets, which they do not today",
            )
        strangers = [
            said
            for person, said in database.execute(
                "SELECT person, told FROM member_there WHERE organization = ? AND person NOT IN"
                " (SELECT target FROM accounts JOIN belongs ON belongs.person = accounts.ref WHERE organization = ?) ORDER BY person",
                (target, source),
            ).fetchall()
            if not _belongs(database, owner(Kind.PERSON, parse_ref(person).id), source)
        ]
        if strangers:
            names = ", ".join(strangers[:_NAMED]) + (", …" if len(strangers) > _NAMED else "")
            number = "1 member" if len(strangers) == 1 else f"{len(strangers)} members"
            _note(
                database,
                source,
                f"{number} of the organization there who {'is' if len(strangers) == 1 else 'are'} none here: {names}",
            )


def _note_defaults(database: sqlite3.Connection, there: Callable[[Kind], Iterator[Record]]) -> None:
    """Note accounts that belong to a sharing organization of the target: a ticket without an organization gets its requester's there."""
    shared = {
        record["ref"]: str(record.get("name") or record["ref"])
        for record in there(Kind.ORGANIZATION)
        if record.get("shared_tickets") is True
    }
    if not shared:
        return
    for record in there(Kind.PERSON):
        own = [ref for ref in record.get("organizations") or () if ref in shared]
        if not own or record.get("account") in ("agent", "app"):
            continue
        row = database.execute("SELECT ref FROM accounts WHERE target = ?", (record["ref"],)).fetchone()
        if row is not None and not _is_ours(database, own[0]):
            why = f"the account {told(record)} belongs to {shared[own[0]]} there, whose members see each other's tickets"
            _note(database, row[0], why)


def _is_ours(database: sqlite3.Connection, organization: str) -> bool:
    """Tell whether an organization of the target stands for one of the source: who shares it is told with that one."""
    row = database.execute("SELECT 1 FROM accounts WHERE target = ?", (organization,)).fetchone()
    return row is not None


def _belongs(database: sqlite3.Connection, ref: str | None, organization: str) -> bool:
    """Tell whether somebody whose account an earlier plan brought belongs to the organization here."""
    if ref is None:
        return False
    row = database.execute(
        "SELECT 1 FROM belongs WHERE organization = ? AND person = ?",
        (organization, _survivor(database, ref)),
    ).fetchone()
    return row is not None


def _note(database: sqlite3.Connection, ref: str, why: str) -> None:
    database.execute("INSERT OR IGNORE INTO shown VALUES (?,?)", (ref, why))


def _survivor(database: sqlite3.Connection, ref: str) -> str:
    row = database.execute("SELECT survivor FROM survivors WHERE ref = ?", (ref,)).fetchone()
    return str(row[0]) if row else ref
