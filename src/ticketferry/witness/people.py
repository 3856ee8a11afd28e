"""Is it the same person: by addresses, ids in other systems and names that both desks tell, never by what we noted ourselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from ticketferry.sdk.witness import Who
from ticketferry.witness.words import words

__all__ = ["RequesterVerdict", "SourcePeople", "same_person"]


class RequesterVerdict(NamedTuple):
    """`right` by `how`, `explained` by the rule `how`, or `wrong`, or `unproved` where neither desk tells enough."""

    result: Literal["right", "explained", "wrong", "unproved"]
    how: str


class SourcePeople:
    """The people of the source, found by their ids; those who share an address or an id in another system are one."""

    def __init__(self, people: Iterable[Who]) -> None:
        self._people: dict[str, Who] = {}
        self._by_key: dict[str, list[str]] = defaultdict(list)
        for who in people:
            self._people[who.id] = who
            for key in _keys(who):
                self._by_key[key].append(who.id)

    def get(self, who: Who) -> Who:
        """Return what is known of a person who may be named by id only, with the addresses of those who are the same."""
        known = self._people.get(who.id)
        if known is None:
            return who
        ids, keys, waiting = {known.id}, _keys(known), [known.id]
        while waiting:
            for key in _keys(self._people[waiting.pop()]):
                for id_ in self._by_key[key]:
                    if id_ not in ids:
                        ids.add(id_)
                        waiting.append(id_)
                        keys |= _keys(self._people[id_])
        emails = frozenset(key[2:] for key in keys if key.startswith("e "))
        external = frozenset(key[2:] for key in keys if key.startswith("x "))
        return Who(known.id, known.name or who.name, emails | who.emails, external | who.external)

    def names(self) -> Iterable[str]:
        """Yield all names."""
        return (who.name for who in self._people.values())


def same_person(
    source: Who, target: Who, *, chosen: frozenset[tuple[str, str]] = frozenset(), placeholders: str = "",
    rewritten: Mapping[str, str] = MappingProxyType({}),
) -> RequesterVerdict:  # fmt: skip
    """Compare a person of the source with an account of the target.

    `chosen`: pairs of what a person named as the same, in lower case. `placeholders`: the rule that lets an account stand for somebody
    who has none; it must bear the person's name. `rewritten`: addresses or `@domain` of the old desk -> of the new one.
    """
    emails = {email.strip().lower() for email in source.emails}
    theirs = {email.strip().lower() for email in target.emails}
    if emails & theirs:
        return RequesterVerdict("right", "e-mail")
    if source.external & target.external:
        return RequesterVerdict("right", "external id")
    for one in (source.id.lower(), *emails, *(key.lower() for key in source.external)):
        if any((one, other) in chosen for other in (target.id.lower(), *theirs)):
            return RequesterVerdict("explained", "people.agents")
    if rewritten and theirs & {_rewritten(email, rewritten) for email in emails}:
        return RequesterVerdict("explained", "people.rewrite_email")
    named, shown = words(source.name), words(target.name)
    bears = bool(named) and _holds(shown, named)
    if bears and (not emails or not theirs):
        return (
            RequesterVerdict("right", "name")
            if named == shown or not placeholders
            else RequesterVerdict("explained", placeholders)
        )
    if bears and placeholders:
        return RequesterVerdict("explained", placeholders)
    if not named and not emails:
        return RequesterVerdict("unproved", "the source tells neither name nor address")
    return RequesterVerdict("wrong", "")


def _rewritten(email: str, rules: Mapping[str, str]) -> str:
    local, _, domain = email.rpartition("@")
    return rules.get(email) or local + rules.get(f"@{domain}", "")


def _keys(who: Who) -> set[str]:
    return {f"e {email.lower()}" for email in who.emails} | {f"x {key}" for key in who.external}


def _holds(tokens: list[str], wanted: list[str]) -> bool:
    return any(tokens[at : at + len(wanted)] == wanted for at in range(len(tokens) - len(wanted) + 1))
