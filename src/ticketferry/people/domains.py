"""Who becomes a member of an organization by the domain of their address alone: some desks do so by themselves."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ticketferry.people.keys import domain_key, emails_of, side_of
from ticketferry.people.match import describe
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.directory import DirectoryTables

__all__ = ["note_drawn"]


class _Claim(NamedTuple):
    """An organization that a domain belongs to; `new`: it gets only people who are made from now on."""

    name: str
    ref: str
    shares: bool
    new: bool


def note_drawn(
    directory: DirectoryTables,
    source_records: Callable[[Kind], Iterator[Record]],
    target_records: Callable[[Kind], Iterator[Record]],
    owner: Callable[[Kind, str], str | None],
    bound: Callable[[str], bool],
    *,
    carried: bool,
    shared: bool,
) -> None:
    """Write to `directory`, as drawn and shown, who belongs to no organization and would get into one by their address. Call after `match`.

    `carried`: organizations of the source take their domains along when they are made; `shared`: they take along whether their members see
    each other's tickets; `bound`: an earlier plan gave the person an account. Domains that an organization of the target has count in any case. Where several claim a domain, the first by name
    gets the people [DOC 4408882246298].
    """
    directory.forget_drawn()
    claims: dict[str, list[_Claim]] = {}
    for record in target_records(Kind.ORGANIZATION):
        ours = record.get("origin") or owner(Kind.ORGANIZATION, parse_ref(record["ref"]).id)
        if ours and carried:
            continue  # it stands below, as it is here
        ref = str(ours or directory.holder(record["ref"]) or record["ref"])
        _claim(claims, record, ref, shares=record.get("shared_tickets") is True, new=True)
    for record in source_records(Kind.ORGANIZATION) if carried else ():
        if _is_made(directory, record["ref"], owner):
            _claim(
                claims,
                record,
                record["ref"],
                shares=shared and record.get("shared_tickets") is True,
                new=False,
            )
    if not claims:
        return
    for record in source_records(Kind.PERSON):
        if (
            record.get("organizations")
            or side_of(record) != "customer"
            or record.get("state") in ("deleted", "merged")
        ):
            continue
        if directory.joined_to(record["ref"]) is not None:
            continue
        known = bound(record["ref"])
        for domain in sorted({mail.rpartition("@")[2] for mail in emails_of(record)}):
            for name, ref, shares, new in sorted(claims.get(domain, ()))[:1]:
                if new and known:
                    continue  # an account that is there already is not put in any more
                directory.draw(record["ref"], ref, describe(record))
                if shares:
                    why = (
                        f"the address of {describe(record)} lies in a domain of {name}: the desk makes them a member,"
                        " and its members see each other's tickets"
                    )
                    directory.show(record["ref"], why)


def _is_made(directory: DirectoryTables, ref: str, owner: Callable[[Kind, str], str | None]) -> bool:
    """Tell whether an organization is made in the target, not matched there, left out or one with another."""
    if directory.joined_to(ref) is not None or directory.decided(ref) == "leave":
        return False
    account = directory.account(ref)
    if account is None:
        return True
    target, _, how = account
    return how == "origin" or owner(Kind.ORGANIZATION, parse_ref(target).id) == ref


def _claim(claims: dict[str, list[_Claim]], record: Record, ref: str, *, shares: bool, new: bool) -> None:
    for domain in record.get("domains") or ():
        claim = _Claim(str(record.get("name") or ref), ref, shares, new)
        claims.setdefault(domain_key(str(domain)), []).append(claim)
