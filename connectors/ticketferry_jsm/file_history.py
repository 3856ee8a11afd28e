"""A ticket's history in the form of Jira's import file: changes as entries with their author and time; what is no change stays beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ticketferry.sdk import From, Json, Record, Template, parse_ref

from .issue_rows import ISSUE
from .site_index import JiraCatalogIndex
from .wire import jira_time

__all__ = ["FileHistory", "file_history"]

_LONGEST = 5_000
"""Characters of one value of the history; a longer one stays beside."""
_AS_CUSTOM = frozenset({"project", "security", "components", "organizations", "participants"})
_SYSTEM = {row.neutral: row.wire for row in ISSUE if row.wire not in _AS_CUSTOM} | {"status": "status"}
"""Field of an event -> Jira's own field [P changelog items]; every other one is written as a custom field's change."""
_CARRIED = ("time", "actor", "field", "type", "before", "after")


@dataclass(slots=True)
class FileHistory:
    """`entries`: for the file; `beside`: events that are no change of a field; `carried`: refs of those that are in the file."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    beside: list[Record] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)


def file_history(events: Sequence[Record], site: JiraCatalogIndex) -> FileHistory:
    """Write events in their order; those of one moment and one actor make one entry."""
    found = FileHistory()
    last: tuple[str, str | None] | None = None
    for event in events:
        item = _item(event, site)
        at = jira_time(str(event.get("time", "")))
        if item is None or at is None:
            found.beside.append(_slim(event))
            continue
        found.carried.append(event["ref"])
        extra = {key: value for key, value in event.items() if key not in (*_CARRIED, "ticket")}
        if len(extra) > 1:
            found.beside.append(extra)
        moment = (at, event.get("actor"))
        if moment != last:
            actor = event.get("actor")
            # A rule has no account: the migration's own stands in, and the rule's name is kept beside.
            author: Template = From.of(actor) if actor else site.own_account
            found.entries.append({"author": author, "created": at, "items": []})
            last = moment
        found.entries[-1]["items"].append(item)
    return found


def _slim(event: Record) -> Record:
    return {key: value for key, value in event.items() if key != "ticket"}


def _item(event: Record, site: JiraCatalogIndex) -> dict[str, Any] | None:
    name = event.get("field")
    if event.get("type") != "changed" or not isinstance(name, str):
        return None
    sides = [_side(name, event.get(side), site) for side in ("before", "after")]
    if any(len(text or "") > _LONGEST for _, text in sides):
        return None
    (old, old_text), (new, new_text) = sides
    system = _SYSTEM.get(name)
    return {
        "fieldType": "jira" if system else "custom",
        "field": system or name.removeprefix("fields."),
        "from": old,
        "fromString": old_text,
        "to": new,
        "toString": new_text,
    }


def _side(name: str, value: Json, site: JiraCatalogIndex) -> tuple[Template, str | None]:
    """Return (id, text) of a value; people and names that the site knows have an id."""
    if value is None or value in ("", []):
        return None, None
    if isinstance(value, Mapping):
        ref = value.get("person")
        text = str(value.get("name") or "")
        return (From.of(ref) if isinstance(ref, str) else None), text or None
    if name == "status":
        return site.id_of("statuses", str(value)), str(value)
    if name == "priority":
        known = site.entry("priorities", str(value))
        return (known["id"] if known else None), str(value)
    return None, _text(value, " " if name == "tags" else ", ")


def _text(value: Json, between: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return between.join(_text(item, between) for item in value)
    return str(value)


def carried_paths(history: FileHistory) -> list[str]:
    """Return the paths of what the file holds of the events, for the account of leaves."""
    return [f"events[{parse_ref(ref).id}].{key}" for ref in history.carried for key in _CARRIED]
