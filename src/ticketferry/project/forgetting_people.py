"""Who is meant by `forget PERSON`: their accounts in both desks, the words by which they are known, and whom they share them with."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ticketferry.desired.cases import assemble
from ticketferry.errors import UsageError
from ticketferry.people.keys import email_key
from ticketferry.project.project import Project
from ticketferry.schema.forgotten import KnownBy, tail_of, words_of
from ticketferry.schema.forgotten_records import names_of
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.rewriting import versions

__all__ = ["Somebody", "find_somebody"]

PLACEHOLDER = "placeholder:"


@dataclass(slots=True)
class Somebody:
    """A person as both desks know them. `shared`: what is another's too and stays outside of their own tickets."""

    refs: set[str] = field(default_factory=set)
    words: KnownBy = field(default_factory=KnownBy)
    shared: list[str] = field(default_factory=list)


def find_somebody(project: Project, named: str) -> Somebody:
    """Find a person by the id of an account (`123`, `acme:person:123`), by a placeholder, or by an address.

    Raises UsageError where nobody is meant by it, or several are.
    """
    text = named.strip().removeprefix(PLACEHOLDER)
    somebody = Somebody()
    source = project.config.source.key
    if "@" in text and ":person:" not in text:
        found = {
            record["ref"] for record in _people(project, "source") if email_key(text) in _addresses(record)
        }
        if len(found) > 1:
            raise UsageError(
                f"{len(found)} people have this address: {', '.join(sorted(found)[:5])}",
                remedy="Name one of them by its id; an address of several is taken out when the last of them is forgotten.",
            )
        somebody.refs |= found
    else:
        somebody.refs.add(text if ":person:" in text else f"{source}:person:{text}")
    for ref in list(somebody.refs):
        account = project.idmap.get(ref)
        if account:
            somebody.refs.add(f"{project.config.target.key}:person:{account}")
    _gather(project, somebody, email_key(text) if "@" in text else "")
    for ref in somebody.refs:
        if "@" in ref:
            raise UsageError(
                f"the desk calls this person by an id that is an address: {ref}",
                remedy="Such an id stands in everything that names the record; take the whole folder away instead (`workspace purge`).",
            )
    return somebody


def _roles(project: Project) -> list[str]:
    return [role for role in ("source", "target") if (project.root / f"{role}.db").exists()]


def _people(project: Project, role: str) -> Iterator[Record]:
    if role not in _roles(project):
        return
    snapshots = project.snapshots(role)
    latest = snapshots.latest()
    if latest is None:
        return
    for ref, rows in snapshots.roots(Kind.PERSON, latest.number):
        record = assemble(ref, rows)
        if record is not None:
            yield record


def _addresses(record: Record) -> set[str]:
    values = [record.get("email"), *(item.get("value") for item in record.get("identities") or ())]
    return {email_key(value) for value in values if isinstance(value, str) and "@" in value} - {""}


def _gather(project: Project, somebody: Somebody, address: str) -> None:
    """Gather what they are called, first in the old desk and then, with that, in the new one; what others are called too is parted off."""
    addresses, names, phones, parts = set[str](), set[str](), set[str](), set[str]()
    keys = {address} - {""}
    found = False
    for role in _roles(project):
        for record in _people(project, role):
            if record["ref"] in somebody.refs or (role == "target" and _addresses(record) & keys):
                found = True
                somebody.refs.add(record["ref"])
                for whole, more in zip((addresses, names, phones, parts), names_of(record), strict=True):
                    whole.update(more)
                keys |= _addresses(record)
    if not found and not somebody.refs:
        raise UsageError(
            "nobody is known by that here",
            remedy="`ticketferry people show` lists them; name somebody by id or by an address. Of one whom the desk has deleted the id is enough.",
        )
    for role in _roles(project):
        for ref in sorted(somebody.refs):
            if parse_ref(ref).desk == project.desk(role).key:
                for record in versions(project.snapshots(role), parse_ref(ref)):
                    value = record.get("value")
                    held = (
                        {**record, "identities": [*(record.get("identities") or ()), record]}
                        if value
                        else record
                    )
                    for whole, more in zip((addresses, names, phones, parts), names_of(held), strict=True):
                        whole.update(more)
    for role in _roles(project):
        for record in _people(project, role):
            if record["ref"] not in somebody.refs:
                _part_off(record, somebody, addresses, names, phones, parts)
    somebody.words = KnownBy(frozenset(addresses), frozenset(names), frozenset(phones), frozenset(parts))


def _part_off(
    record: Record,
    somebody: Somebody,
    addresses: set[str],
    names: set[str],
    phones: set[str],
    parts: set[str],
) -> None:
    theirs = names_of(record)
    mails = {email_key(value) for value in theirs[0]}
    for value in sorted(addresses):
        if email_key(value) in mails:
            addresses.discard(value)
            somebody.shared.append(f"an address, with {record['ref']}")
    called = {" ".join(words_of(value)) for value in theirs[1]}
    for value in sorted(names):
        if " ".join(words_of(value)) in called:
            names.discard(value)
            parts.add(value)
            somebody.shared.append(f"a name, with {record['ref']}")
    numbers = set(map(tail_of, theirs[2]))
    for value in sorted(value for value in phones if tail_of(value) in numbers):
        phones.discard(value)
        somebody.shared.append(f"a phone number, with {record['ref']}")
