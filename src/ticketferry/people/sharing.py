"""Who else sees what goes to a matched organization: members there who are none here, and sharing that is wider there."""

from collections.abc import Callable, Iterator

from ticketferry.people.match import describe
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.directory import DirectoryTables
from ticketferry.store.sharing_tables import SharingTables

__all__ = ["note_strangers"]

_NAMED = 5


def note_strangers(
    directory: DirectoryTables,
    source_records: Callable[[Kind], Iterator[Record]],
    target_records: Callable[[Kind], Iterator[Record]],
    owner: Callable[[Kind, str], str | None],
    *,
    open_sharing: bool,
    closes: Callable[[str], bool] = lambda _: False,
) -> None:
    """Write to `directory`, as shown, why more people than today see the tickets of a matched organization. Call after `match`.

    `open_sharing`: members of every organization of the target see each other's tickets. `owner`: whose account one is by an earlier
    plan. `closes`: an earlier plan opened the organization there, so that this one closes it, before its tickets, where it is closed
    here now. Agents see tickets anyhow and do not count.
    """
    directory.forget_shown()
    called = {
        record["ref"]: str(record.get("name") or record["ref"])
        for record in source_records(Kind.ORGANIZATION)
    }
    for ref, survivor in directory.joined_organizations():
        why = f"the members of {called.get(ref, ref)} and of {called.get(survivor, survivor)} see each other's tickets: they were decided to be one"
        directory.show(survivor, why)
    if not open_sharing:
        _note_defaults(directory, target_records)
    matched = directory.matched_organizations()
    if not matched:
        return
    members = SharingTables(directory)
    shares: dict[str, bool] = {}
    sources = set(matched.values())
    for record in source_records(Kind.ORGANIZATION):
        survivor = directory.survivor(record["ref"])
        if survivor in sources:
            shares[survivor] = shares.get(survivor, False) or record.get("shared_tickets") is True
    for record in target_records(Kind.ORGANIZATION):
        if record["ref"] in matched:
            shares[record["ref"]] = open_sharing or record.get("shared_tickets") is True
    for record in target_records(Kind.PERSON):
        for organization in record.get("organizations") or ():
            if organization in matched and record.get("account") not in ("agent", "app"):
                members.add_target(organization, record["ref"], describe(record))
    for record in source_records(Kind.PERSON):
        survivor = directory.survivor(record["ref"])
        for ref in record.get("organizations") or ():
            organization = directory.survivor(ref)
            if organization in sources:
                members.add_source(organization, survivor)
    for target, source in sorted(matched.items()):
        if not shares.get(target, False):
            continue
        if not open_sharing and not shares.get(source, False) and closes(source):
            continue
        if not open_sharing and not shares.get(source, False):
            directory.show(
                source,
                "the members of the organization there see each other's tickets, which they do not today",
            )
        strangers = [
            shown
            for person, shown in members.strangers(target, source)
            if (ours := owner(Kind.PERSON, parse_ref(person).id)) is None
            or not members.belongs(source, directory.survivor(ours))
        ]
        if strangers:
            names = ", ".join(strangers[:_NAMED]) + (", …" if len(strangers) > _NAMED else "")
            number = "1 member" if len(strangers) == 1 else f"{len(strangers)} members"
            directory.show(
                source,
                f"{number} of the organization there who {'is' if len(strangers) == 1 else 'are'} none here: {names}",
            )


def _note_defaults(directory: DirectoryTables, target_records: Callable[[Kind], Iterator[Record]]) -> None:
    """Note accounts that belong to a sharing organization of the target: a ticket without an organization gets its requester's there."""
    shared = {
        record["ref"]: str(record.get("name") or record["ref"])
        for record in target_records(Kind.ORGANIZATION)
        if record.get("shared_tickets") is True
    }
    if not shared:
        return
    for record in target_records(Kind.PERSON):
        own = [ref for ref in record.get("organizations") or () if ref in shared]
        if not own or record.get("account") in ("agent", "app"):
            continue
        holder = directory.holder(record["ref"])
        # Who shares an organization that stands for one of the source is told with that one.
        if holder is not None and directory.holder(own[0]) is None:
            why = f"the account {describe(record)} belongs to {shared[own[0]]} there, whose members see each other's tickets"
            directory.show(holder, why)
