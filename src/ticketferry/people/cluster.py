"""Who is one with whom in the source: exact keys that contradict nothing, memory that does not grow."""

from collections.abc import Iterable, Iterator
from itertools import islice

from ticketferry.errors import ConfigError
from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.keys import (
    emails_of,
    external_key,
    id_order,
    name_of,
    person_keys,
    side_of,
    unverified,
)
from ticketferry.people.never import NeverMerge
from ticketferry.people.offered import BY
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.cluster_tables import ClusterTables, KeyRow, PersonRow
from ticketferry.store.directory import DirectoryTables

__all__ = ["chunks", "cluster", "join_organizations", "suggestions"]

_CHUNK = 5_000
_RANK = {"active": 0, "suspended": 1, "deleted": 2, "merged": 3}


def cluster(
    persons: Iterable[Record],
    directory: DirectoryTables,
    decisions: Decisions | None = None,
    never: NeverMerge | None = None,
) -> int:
    """Find people who are one by an exact key and write them to `directory` as survivors; returns how many lost their place.

    Replaces what an earlier call wrote. One are by themselves only those whom the desk merged, and those who share a key that nothing
    contradicts: one name, one external id, one address where the key is the external id, an address that nobody calls unverified.
    All others who share a key become suspects, and stay separate until somebody decides. Agents and end users are never
    one. The survivor is active before suspended before deleted, then has most identities, then the lowest id. A decision `separate`
    or a survivor of one's own wins. `never`: who is one with nobody unless the desk itself or a person says so.
    """
    decisions, never = decisions or Decisions(), never or NeverMerge()
    directory.forget_people()
    tables = ClusterTables(directory)
    for chunk in chunks(persons):
        tables.add(
            [_person_row(person) for person in chunk],
            [row for person in chunk for row in _key_rows(person, decisions, never)],
        )
        if never:
            tables.add_alone(person["ref"] for person in chunk if never.person(person))
    tables.drop_single_keys()
    tables.part_weak_keys()
    tables.spread()
    tables.part_contradictions()
    tables.write_survivors()
    _decide_survivors(directory, tables, decisions)
    tables.close()
    return directory.merged()[0]


def chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield the records in portions that fit into memory."""
    iterator = iter(records)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _person_row(person: Record) -> PersonRow:
    ref = person["ref"]
    state = "merged" if person.get("merged_into") else person.get("state", "active")
    identities, name, external = (
        len(person.get("identities") or ()),
        name_of(person),
        external_key(person.get("external_id")),
    )
    return ref, side_of(person), _RANK.get(state, 3), identities, id_order(ref), ref, name, external


def _key_rows(person: Record, decisions: Decisions, never: NeverMerge) -> Iterator[KeyRow]:
    ref, side = person["ref"], side_of(person)
    chosen = decisions.chosen(ref)
    if chosen is not None and (chosen == "" or parse_ref(chosen).desk == parse_ref(ref).desk):
        return
    mail = next(emails_of(person), "")
    for key in () if never.person(person) else person_keys(person):
        address = key.removeprefix("email:")
        if address != key and never.address(address):
            continue
        yield f"{side}|{key}", ref, int(address != key and unverified(person, address)), mail
    winner = person.get("merged_into")
    if winner and decisions.chosen(winner) != "":
        yield f"{side}|merged:{winner}", ref, 0, ""
        yield f"{side}|merged:{winner}", winner, 0, ""


def join_organizations(
    organizations: Iterable[Record], directory: DirectoryTables, decisions: Decisions
) -> None:
    """Write to `directory` which organizations somebody decided to be one. None is one with another by itself."""
    directory.forget_organizations()
    known = {record["ref"] for record in organizations if decisions.rows}
    for row in decisions.rows.values():
        chosen = row.chosen()
        if row.ref in known and chosen and parse_ref(chosen).desk == parse_ref(row.ref).desk:
            if chosen not in known:
                raise _undecidable(row.ref, chosen, "one of them is not in the snapshot", decisions)
            directory.join(row.ref, chosen, "decision")
    _follow(directory, decisions)


def _decide_survivors(directory: DirectoryTables, tables: ClusterTables, decisions: Decisions) -> None:
    """Let decided survivors win, and follow chains to their end; a ring of decisions leaves everybody alone."""
    for row in decisions.rows.values():
        chosen = row.chosen()
        if parse_ref(row.ref).kind is not Kind.PERSON:
            continue
        if row.by.casefold() == BY and chosen and (tables.alone(row.ref) or tables.alone(chosen)):
            continue  # the tool wrote that line before somebody said that they are never one
        if chosen and parse_ref(chosen).desk == parse_ref(row.ref).desk:
            sides, present = tables.sides(row.ref, chosen)
            if sides == 2:
                raise _undecidable(row.ref, chosen, "an agent and an end user are never one", decisions)
            if present != 2:
                raise _undecidable(row.ref, chosen, "one of them is not in the snapshot", decisions)
            directory.join(row.ref, chosen, "decision")
    _follow(directory, decisions)


def _undecidable(ref: str, chosen: str, why: str, decisions: Decisions) -> ConfigError:
    return ConfigError(
        f"{ref} was decided to be {chosen}: {why}",
        where=decisions.places.get(ref, ""),
        remedy="Change the row in the decisions file.",
    )


def _follow(directory: DirectoryTables, decisions: Decisions) -> None:
    """Follow chains of decisions to their end; a ring leaves everybody in it alone."""
    for row in decisions.rows.values():
        seen, ref = [row.ref], row.ref
        while (survivor := directory.joined_to(ref)) is not None:
            ref = survivor
            if ref in seen:
                directory.part(seen)
                break
            seen.append(ref)
    directory.shorten_chains()


def suggestions(directory: DirectoryTables, persons: Iterable[Record]) -> Iterator[Decision]:
    """Yield rows for the decisions file: everybody who is one with another (as suggested already), and everybody who may be."""
    for person in persons:
        ref = person["ref"]
        survivor = directory.survivor(ref)
        if survivor != ref:
            why = "same e-mail or external id"
            yield Decision(ref, person.get("name", ""), person.get("email", ""), survivor, "", why)
            continue
        suspect = directory.suspect(ref)
        if suspect is not None:
            other, key = suspect
            why = f"may be the same: {key}"
            yield Decision(ref, person.get("name", ""), person.get("email", ""), other, "", why)
