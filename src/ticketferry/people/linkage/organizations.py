"""Organizations that may be one: one name but for its legal form, or one domain. The tool joins none: members of one see each other's tickets."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ticketferry.people.keys import external_key, id_order, organization_keys
from ticketferry.people.linkage.names import folded
from ticketferry.people.linkage.settings import BLOCK
from ticketferry.schema.records import Record

__all__ = ["LikeOrganizations", "bare_name", "like_organizations"]

_LEGAL_FORMS = frozenset({
    "ab", "ag", "aps", "as", "asa", "bv", "bvba", "cic", "co", "company", "corp", "corporation", "cv", "doo", "eg", "ek", "eurl", "ev", "gbr",
    "gmbh", "ggmbh", "group", "gruppe", "holding", "holdings", "inc", "incorporated", "kft", "kg", "kgaa", "lda", "limited", "llc", "llp",
    "lp", "ltd", "ltda", "mbh", "nv", "ohg", "oy", "oyj", "plc", "pte", "pty", "pvt", "sa", "sarl", "sas", "sca", "se", "sia", "sl", "sp",
    "spa", "srl", "sro", "the", "uab", "ug", "und", "and", "et", "zoo", "der", "die", "das", "la", "le", "el",
})  # fmt: skip
"""Words of a company's name that say in which form it does business, or join two others."""


class LikeOrganizations(NamedTuple):
    """Two organizations, the older record first, and what they have in common."""

    one: Record
    other: Record
    why: str


def bare_name(name: str) -> str:
    """Return a name without its legal form, in small Latin letters: `Bücher Acme GmbH & Co. KG` is `bucher acme`."""
    words = folded(name.replace(".", "")).split()
    return " ".join(word for word in words if word not in _LEGAL_FORMS) or " ".join(words)


def like_organizations(organizations: Iterable[Record]) -> Iterator[LikeOrganizations]:
    """Yield for each organization the oldest with which it has a name or a domain in common, by their refs; neither order changes anything.

    What more than 40 share says nothing. A domain counts before a name; other external ids are told and forbid nothing, since a person decides.
    """
    known = sorted(organizations, key=lambda record: (record.get("created") or "~", id_order(record["ref"])))
    holders: dict[str, list[int]] = {}
    keys: list[list[str]] = []
    for place, record in enumerate(known):
        own = [key for key in organization_keys(record) if key.startswith("domain:")]
        name = bare_name(str(record.get("name") or ""))
        if len(name) > 2:
            own.append(f"name:{name}")
        keys.append(own)
        for key in own:
            holders.setdefault(key, []).append(place)
    pairs = []
    for place, own in enumerate(keys):
        shared = [key for key in own if 1 < len(holders[key]) <= BLOCK and holders[key][0] < place]
        if shared:
            first = holders[shared[0]][0]
            common = [key.partition(":") for key in own if first in holders[key]]
            pairs.append(
                LikeOrganizations(known[first], known[place], _why(known[first], known[place], common))
            )
    yield from sorted(pairs, key=lambda pair: str(pair.other["ref"]))


def _why(one: Record, other: Record, common: list[tuple[str, str, str]]) -> str:
    told = ", ".join(f"one {kind} ({value})" for kind, _, value in common)
    ids = external_key(one.get("external_id")), external_key(other.get("external_id"))
    if "" not in ids and ids[0] != ids[1]:
        told += ", but other external ids"
    if {kind for kind, _, _ in common} == {"domain"}:
        told += ", but other names"
    return told
