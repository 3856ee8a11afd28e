"""Who becomes a member of an organization by the domain of their address alone: some desks do so by themselves."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ticketferry.people.keys import domain_key, emails_of, side_of
from ticketferry.people.match import told
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref

__all__ = ["note_drawn"]


class _Claim(NamedTuple):
    """An organization that a domain belongs to; `new`: it gets only people who are made from now on."""

    name: str
    ref: str
    shares: bool
    new: bool


def note_drawn(
    database: sqlite3.Connection,
    here: Callable[[Kind], Iterator[Record]],
    there: Callable[[Kind], Iterator[Record]],
    owner: Callable[[Kind, str], str | None],
    bound: Callable[[str], bool],
    *,
    carried: bool,
    shared: bool,
) -> None:
    """Write to `drawn` and `shown` who belongs to no organization and would get into one by their address. Call after `match`.

    `carried`: organizations of the source take their domains along when they are made; `shared`: they take along whether their members see
    each other's tickets; `bound`: an earlier plan gave the person an account. Domains that an organization of the target has count in any case. Where several claim a domain, the first by name
    gets the people [DOC 4408882246298].
    """
    database.execute("DELETE FROM drawn")
    claims: dict[str, list[_Claim]] = {}
    for record in there(Kind.ORGANIZATION):
        ours = record.get("origin") or owner(Kind.ORGANIZATION, parse_ref(record["ref"]).id)
        if ours and carried:
            continue  # it stands below, as it is here
        row = database.execute("SELECT ref FROM accounts WHERE target = ?", (record["ref"],)).fetchone()
        ref = str(ours or (row[0] if row else record["ref"]))
        _claim(claims, record, ref, shares=record.get("shared_tickets") is True, new=True)
    for record in here(Kind.ORGANIZATION) if carried else ():
        if _is_made(database, record["ref"], owner):
            _claim(
                claims,
                record,
                record["ref"],
                shares=shared and record.get("shared_tickets") is True,
                new=False,
            )
    if not claims:
        return
    for record in here(Kind.PERSON):
        if (
            record.get("organizations")
            or side_of(record) != "customer"
            or record.get("state") in ("deleted", "merged")
        ):
            continue
        if database.execute("SELECT 1 FROM survivors WHERE ref = ?", (record["ref"],)).fetchone():
            continue
        known = bound(record["ref"])
        for domain in sorted({mail.rpartition("@")[2] for mail in emails_of(record)}):
            for name, ref, shares, new in sorted(claims.get(domain, ()))[:1]:
                if new and known:
                    continue  # an account that is there already is not put in any more
                database.execute(
                    "INSERT OR IGNORE INTO drawn VALUES (?,?,?)", (record["ref"], ref, told(record))
                )
                if shares:
                    why = (
                        f"the address of {told(record)} lies in a domain of {name}: the desk makes them a member,"
                        " and its members see each other's tickets"
                    )
                    database.execute("INSERT OR IGNORE INTO shown VALUES (?,?)", (record["ref"], why))


def _is_made(database: sqlite3.Connection, ref: str, owner: Callable[[Kind, str], str | None]) -> bool:
    """Tell whether an organization is made in the target, not matched there, left out or one with another."""
    other = database.execute(
        "SELECT 1 FROM survivors WHERE ref = ?1 UNION SELECT 1 FROM decided WHERE ref = ?1 AND word = 'leave'",
        (ref,),
    ).fetchone()
    if other is not None:
        return False
    row = database.execute("SELECT target, how FROM accounts WHERE ref = ?", (ref,)).fetchone()
    return row is None or row[1] == "origin" or owner(Kind.ORGANIZATION, parse_ref(row[0]).id) == ref


def _claim(claims: dict[str, list[_Claim]], record: Record, ref: str, *, shares: bool, new: bool) -> None:
    for domain in record.get("domains") or ():
        claim = _Claim(str(record.get("name") or ref), ref, shares, new)
        claims.setdefault(domain_key(str(domain)), []).append(claim)
