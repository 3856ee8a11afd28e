"""Accounts that a mapping assigns tickets to, held against the target's newest snapshot."""

from ticketferry.mapping.loader import MappingFile
from ticketferry.people.keys import target_keys
from ticketferry.people.match import account_kind
from ticketferry.people.named import NamedRow, key_of, unassignable
from ticketferry.project.directory import named_of, people_of
from ticketferry.project.folder import MigrationFolder
from ticketferry.sdk.contract import Finding

__all__ = ["named_accounts"]


def named_accounts(folder: MigrationFolder, mapping: MappingFile) -> list[Finding]:
    """Return a finding for each account that the mapping names and to which nothing can be assigned; the desk's people are gone through only where
    it names one.
    """
    named = named_of(mapping)
    target = folder.snapshots("target")
    latest = target.latest()
    if not named or latest is None:
        return []
    found: dict[str, list[NamedRow]] = {account: [] for account in named}
    by_key = {key_of(account): account for account in named}
    for person in people_of(target, latest.number):
        row = (person["ref"], account_kind(person), str(person.get("state") or "active"))
        for account in {by_key[key] for key in target_keys(person, organization=False) if key in by_key}:
            found[account].append(row)
    return list(unassignable(named, found))
