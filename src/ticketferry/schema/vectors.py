"""One short hash per field of a record: what is compared instead of the records themselves."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ticketferry.schema.records import Record, digest

__all__ = [
    "LINKS_BESIDE",
    "PART_LISTS",
    "SHARED_BESIDE",
    "VOLATILE",
    "comparable",
    "foreign",
    "moved",
    "ours",
    "part_key",
    "still_theirs",
    "vector",
    "version",
]

VOLATILE = frozenset({"ref", "origin", "native", "number", "url", "events", "sla", "side_conversations"})
"""Keys that say nothing of whether two records are equal: names given by a desk, and what no target can be written."""

LINKS_BESIDE = "links_beside"
"""Key of a record's `native` words: [type, inward, target id of the other ticket] of links that its own lane did not make."""

SHARED_BESIDE = "shared_beside"
"""Key of a record's `native` words: organizations of the target that a ticket of ours is shared with beside its own."""

PART_LISTS = ("comments", "attachments", "worklogs")
_PART_VOLATILE = frozenset(
    {"ref", "origin", "native", "ticket", "url", "sha256", "state", "header", "provenance"}
)
_SETS = frozenset({"tags", "followers", "ccs", "components", "organizations", "groups", "domains"})
_SPREAD = frozenset({"fields"})
_ASKED_BY = ("requester", "submitter", "assignee")


def part_key(part: Mapping[str, Any]) -> str:
    """Name a part by the source record it stands for, else by itself."""
    return str(part.get("origin") or part["ref"])


def _unnamed(record: Record, kept: Any) -> Any:
    """Return what is kept beside without the names of people: a customer who marries, or moves to another address, changes none
    of their tickets. Who somebody is the refs say, and the fields of the record; a name counts only where it stands alone.
    """
    if not isinstance(kept, Mapping):
        return kept
    names = {"people", *(key for key in _ASKED_BY if record.get(key))}
    return {key: value for key, value in kept.items() if key not in names}


def comparable(record: Record) -> dict[str, Any]:
    """Return what is compared: field -> value. Lists of names count as sets; each part, link and custom field has an entry of its own."""
    result: dict[str, Any] = {}
    for key, value in record.items():
        if key in VOLATILE or value is None or value in ("", [], {}):
            continue
        if key in PART_LISTS:
            for part in value:
                slim = {name: item for name, item in part.items() if name not in _PART_VOLATILE}
                result[f"{key}[{part_key(part)}]"] = slim
        elif key in _SPREAD:
            for name, item in value.items():
                result[f'{key}["{name}"]'] = sorted(item, key=str) if isinstance(item, list) else item
        elif key == "links":
            for link in value:
                name = f"links[{link['type']}:{link.get('to') or link.get('url')}:{int(bool(link.get('inward')))}]"
                result[name] = link.get("title", "")
        elif key in ("identities", "memberships"):
            result[key] = sorted(f"{item.get('type')}:{item.get('value')}" for item in value)
        elif key == "provenance":
            result[key] = _unnamed(record, value)
        else:
            result[key] = sorted(value, key=str) if key in _SETS else value
    return result


def vector(record: Record) -> dict[str, str]:
    """Return field -> 12 hex digits, one for each entry of `comparable`, in order of the fields."""
    return {key: digest(value, 6).hex() for key, value in sorted(comparable(record).items())}


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> frozenset[str]:
    """Return the fields that differ, came or went."""
    return frozenset(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def still_theirs(
    seen: Mapping[str, str], before: Mapping[str, str], image: Mapping[str, str]
) -> dict[str, str]:
    """Return what was seen after a write, with what people had changed before it and the write left alone as we saw it before.

    `before`: what our last write but one left; `image`: what stood there just before this one. So their work goes on being told
    from ours, however often we write beside it.
    """
    theirs = {key for key in moved(before, image) if image.get(key) == seen.get(key)}
    kept = {key: before[key] for key in theirs if key in before}
    return {**{key: value for key, value in seen.items() if key not in theirs}, **kept}


def ours(
    wanted: Mapping[str, str], seen: Mapping[str, str], image: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return what was seen after a write as our write alone would have left it: what differs from `wanted` somebody else did.

    `image`: what stood there just before the write, None where nothing did; what still stands there is no news. Links are written by
    the other record's lane as well, and addresses of people stay with the account that has them already: both are taken as they
    are seen. A rollback takes links and addresses away one by one, those that it made.
    """
    before = image or {}
    result = dict(seen)
    for key in moved(wanted, seen):
        if (
            key.startswith("links[")
            or key == "identities"
            or (image is not None and before.get(key) == seen.get(key))
        ):
            continue
        if key in wanted:
            result[key] = wanted[key]
        else:
            result.pop(key, None)
    return result


_AT_ONCE = frozenset({"subject", "assignee", "group", "priority", "type", "requester"})
"""Keys that are written when a record is made and do not change while its lane goes on. Tags do: marks stand among them."""


def foreign(wanted: Mapping[str, str], record: Record, since: datetime) -> frozenset[str]:
    """Return what on a record whose lane never ended is nobody's but a person's: parts made after `since`, the first write, that we
    never wanted, and other values of what is written at once. What the rest of the lane would have changed says nothing.
    """
    seen = vector(record)
    values = {
        key
        for key in seen
        if (key in _AT_ONCE or key.startswith('fields["')) and key in wanted and seen[key] != wanted[key]
    }
    parts = {
        key
        for name in PART_LISTS
        for part in record.get(name, ())
        if (key := f"{name}[{part_key(part)}]") not in wanted and _made(part) >= since
    }
    return frozenset(values | parts)


def _made(part: Mapping[str, Any]) -> datetime:
    try:
        made = datetime.fromisoformat(str(part.get("created")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return made if made.tzinfo is not None else made.replace(tzinfo=UTC)


def version(of: Mapping[str, str]) -> str:
    """Return one text for a whole vector: what an update expects to find."""
    return "seen:" + digest(dict(of), 10).hex()
