"""Whom the tool never takes for one with anybody, and addresses that tie nobody: shared mailboxes, free mail, whoever bears a tag."""

from collections.abc import Iterator, Sequence

from ticketferry.people.keys import domain_key, email_key
from ticketferry.schema.records import Record

__all__ = ["NeverMerge", "faults_of_never"]


def faults_of_never(roles: Sequence[str], domains: Sequence[str], tags: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with the lists as written."""
    if not (roles or domains or tags):
        yield "name `roles`, `domains` or `tags`"
    for role in roles:
        if (
            not role.endswith("@")
            or len(role) < 2
            or "@" in role[:-1]
            or any(sign.isspace() for sign in role)
        ):
            yield f"`{role}` is no mailbox of a role: write the part before the sign, with it (`info@`)"
    for domain in domains:
        bare = domain.removeprefix("@")
        if "@" in bare or not email_key(f"a@{bare}") or "." not in domain_key(domain).strip("."):
            yield f"`{domain}` is no domain: write `gmail.com`"
    if any(not tag.strip() for tag in tags):
        yield "a tag has no name"


class NeverMerge:
    """The rule compiled. A mailbox of a role (`info@`) and a domain stand for addresses; somebody whose first address is one of them, or who has
    one of the tags, is one with nobody. Further addresses of that kind tie nobody, others of the same person do.
    """

    def __init__(
        self, roles: Sequence[str] = (), domains: Sequence[str] = (), tags: Sequence[str] = ()
    ) -> None:
        self._roles = {role.removesuffix("@").lower() for role in roles}
        self._domains = {domain_key(domain) for domain in domains}
        self._tags = {tag.casefold() for tag in tags}

    def __bool__(self) -> bool:
        """Tell whether there is anything that it holds for."""
        return bool(self._roles or self._domains or self._tags)

    def address(self, key: str) -> bool:
        """Tell whether an address (`email_key`) ties nobody."""
        local, _, domain = key.rpartition("@")
        return local.partition("+")[0].lower() in self._roles or domain in self._domains

    def person(self, person: Record) -> bool:
        """Tell whether somebody is one with nobody."""
        if self._tags and not self._tags.isdisjoint(str(tag).casefold() for tag in person.get("tags") or ()):
            return True
        return bool(key := email_key(_first_address(person))) and self.address(key)

    def without(self, person: Record) -> Record | None:
        """Return somebody as near matching may see them: without the addresses that tie nobody; None where they are one with nobody."""
        if self.person(person):
            return None
        identities = person.get("identities")
        left = [
            item
            for item in identities or ()
            if item.get("type") != "email" or not self.address(email_key(str(item.get("value") or "")))
        ]
        return person if not identities or len(left) == len(identities) else {**person, "identities": left}


def _first_address(person: Record) -> str:
    if person.get("email"):
        return str(person["email"])
    rows = [item for item in person.get("identities") or () if item.get("type") == "email"]
    first = next((item for item in rows if item.get("primary")), rows[0] if rows else {})
    return str(first.get("value") or "")
