"""What stands in the record of somebody who stands for several: whose name, which phone first, which fields, all addresses."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson

from ticketferry.people.keys import email_key
from ticketferry.schema.records import Record

__all__ = ["NameChoice", "SurvivorChoices", "Together", "name_together", "together"]

NameChoice: TypeAlias = Literal["survivor", "most_recent", "oldest", "longest", "most_used"]
_NOTHING: tuple[Any, ...] = (None, "", [], {})


class SurvivorChoices(NamedTuple):
    """How values of several records become one."""

    name: NameChoice = "survivor"
    phone: Literal["survivor", "verified", "most_recent"] = "survivor"
    fields: Literal["survivor", "most_recent", "most_used"] = "survivor"
    emails: Literal["all", "survivor"] = "all"


class Together(NamedTuple):
    """A record made of several. `won`: key (`name`, `email`, `fields.KEY`) -> ref of the record whose value it is, where that is not the survivor's
    own; `brought`: addresses and phones that others brought.
    """

    record: Record
    won: Mapping[str, str]
    brought: Sequence[Mapping[str, Any]]


def name_together(records: Sequence[Record], choice: NameChoice) -> tuple[str, str]:
    """Return (name, ref of the record that it is of). The first record is the survivor; it wins where nothing decides, and the order the rest."""
    named = [record for record in records if str(record.get("name") or "").strip()]
    if not named:
        return "", records[0]["ref"]
    chosen = _chosen(named, choice, lambda record: str(record["name"]))
    return str(chosen["name"]), chosen["ref"]


def _chosen(records: Sequence[Record], choice: str, value: Callable[[Record], Any]) -> Record:
    if choice == "most_recent":
        return max(records, key=lambda record: str(record.get("updated") or record.get("created") or ""))
    if choice == "oldest":
        return min(records, key=lambda record: str(record.get("created") or "~"))
    if choice == "longest":
        return max(records, key=lambda record: len(" ".join(str(value(record)).split())))
    if choice == "most_used":
        votes = Counter(_folded(value(record)) for record in records)
        return max(records, key=lambda record: votes[_folded(value(record))])
    return records[0]


def _folded(value: Any) -> bytes:
    text = " ".join(value.split()).casefold() if isinstance(value, str) else value
    return orjson.dumps(text, option=orjson.OPT_SORT_KEYS)


def together(records: Sequence[Record], choices: SurvivorChoices) -> Together:
    """Put the records of one person together: the survivor's first, the others in order. Neither is changed.

    Addresses and phones of all are kept once each, the survivor's first; of the others none is primary. A field is the survivor's where the choice is
    its own and it has one, else the one that the choice finds among those that have it.
    """
    survivor = records[0]
    record: Record = dict(survivor)
    won: dict[str, str] = {}
    name, ref = name_together(records, choices.name)
    if name and ref != survivor["ref"]:
        record["name"], won["name"] = name, ref
    identities, brought = _identities(records, choices)
    if identities:
        record["identities"] = identities
    if not record.get("email") and choices.emails == "all":
        for other in records[1:]:
            if other.get("email"):
                record["email"], won["email"] = other["email"], other["ref"]
                break
    fields = dict(survivor.get("fields") or {})
    for key in dict.fromkeys(key for one in records for key in one.get("fields") or ()):
        having = [one for one in records if (one.get("fields") or {}).get(key) not in _NOTHING]
        if not having:
            continue
        chosen = _chosen(having, choices.fields, lambda one, key=key: one["fields"][key])  # type: ignore[misc]
        if chosen["ref"] != survivor["ref"] and fields.get(key) != chosen["fields"][key]:
            fields[key], won[f"fields.{key}"] = chosen["fields"][key], chosen["ref"]
    if fields:
        record["fields"] = fields
    return Together(record, won, brought)


def _identities(
    records: Sequence[Record], choices: SurvivorChoices
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return all addresses and phones of one person, and those among them that others brought."""
    survivor = records[0]
    seen = {_key("email", survivor.get("email"))}
    own: list[tuple[dict[str, Any], Record]] = [
        (dict(item), survivor) for item in survivor.get("identities") or ()
    ]
    seen.update(_key(item.get("type"), item.get("value")) for item, _ in own)
    brought: list[dict[str, Any]] = []
    for other in records[1:]:
        rows = [dict(item) for item in other.get("identities") or ()]
        mail = other.get("email")
        if mail and _key("email", mail) not in {_key(item.get("type"), item.get("value")) for item in rows}:
            id_ = other["ref"].split(":", 2)[2]
            desk = other["ref"].split(":", 1)[0]
            rows.insert(0, {"ref": f"{desk}:identity:{id_}-email", "type": "email", "value": mail})
        for item in rows:
            if item.get("type") == "email" and choices.emails == "survivor":
                continue
            key = _key(item.get("type"), item.get("value"))
            if key in seen or not item.get("value"):
                continue
            seen.add(key)
            row = {**item, "primary": False, **({"person": survivor["ref"]} if "person" in item else {})}
            own.append((row, other))
            brought.append(row)
    return [item for item, _ in _ordered(own, choices)], brought


def _key(type_: Any, value: Any) -> tuple[str, str]:
    text = str(value or "")
    if type_ == "email":
        return "email", email_key(text) or text.strip().lower()
    if type_ == "phone":
        return "phone", "".join(sign for sign in text if sign.isdigit() or sign == "+")
    return str(type_), text


def _ordered(
    rows: list[tuple[dict[str, Any], Record]], choices: SurvivorChoices
) -> list[tuple[dict[str, Any], Record]]:
    """Put the phones among them in the order that is wanted, where phones stand."""
    phones = [row for row in rows if row[0].get("type") == "phone"]
    if choices.phone == "verified":
        phones.sort(key=lambda row: row[0].get("verified") is not True)
    elif choices.phone == "most_recent":
        phones.sort(key=lambda row: str(row[1].get("updated") or row[1].get("created") or ""), reverse=True)
    waiting = iter(phones)
    return [next(waiting) if row[0].get("type") == "phone" else row for row in rows]
