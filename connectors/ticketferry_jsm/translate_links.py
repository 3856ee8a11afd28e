"""Links of an issue with others: those that people made, and those of the hierarchy (parent, epic, sub-task). Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from ticketferry.sdk import Kind, Record, Ref, derived

from .issue_reading import IssueReading
from .read_any import read_people
from .site_index import JiraCatalogIndex
from .tracing import ADDRESS, SET_UP

__all__ = ["links", "links_beside", "own_links", "own_watchers"]

_NUMBER = "=the linked ticket's own number"
_EPIC_LEVEL = 1
"""`hierarchyLevel` of epics; ordinary issues have 0, sub-tasks -1 [P IssueTypeDetails]."""


def _name(value: object) -> str:
    return str(value.get("name") or "") if isinstance(value, Mapping) else ""


def _ends(fields: Mapping[str, Any]) -> Iterator[tuple[int, str, str, bool, Mapping[str, Any]]]:
    """Yield (index, side, type, inward, other issue): an entry with `outwardIssue` shows the outward wording, this issue is the active one."""
    rows = fields.get("issuelinks")
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        for side, inward in (("outwardIssue", False), ("inwardIssue", True)):
            if isinstance(row, Mapping) and isinstance(row.get(side), Mapping):
                yield index, side, _name(row.get("type")), inward, row[side]


def links(issue: IssueReading) -> list[Record]:
    """Return the links of an issue, the one with its parent first. A sub-task names its parent; the parent does not name it again."""
    site, _, fields, trace, at = issue
    found: list[Record] = []

    def put(link: Record, path: str, other: Mapping[str, Any]) -> str:
        place = f"{at}.links[{len(found)}]"
        found.append(link)
        trace[f"{path}.id"] = f"{place}.to"
        trace[f"{path}.self"] = ADDRESS
        if other.get("key"):
            trace[f"{path}.key"] = _NUMBER
        return place

    parent = fields.get("parent")
    if isinstance(parent, Mapping) and parent.get("id"):
        level = ((parent.get("fields") or {}).get("issuetype") or {}).get("hierarchyLevel")
        type_ = "epic" if level == _EPIC_LEVEL else "parent"
        place = put({"type": type_, "to": _ref(site, parent["id"]), "inward": True}, "fields.parent", parent)
        trace["fields.parent.fields.issuetype"] = SET_UP
        trace["fields.parent.fields.issuetype.hierarchyLevel"] = f"{place}.type"
        trace[derived("fields.parent.fields.issuetype.hierarchyLevel")] = "the type of the link"
    for index, side, name, inward, other in _ends(fields):
        if not other.get("id"):
            continue
        link: Record = {"type": name, "to": _ref(site, other["id"]), **({"inward": True} if inward else {})}
        path = f"fields.issuelinks[{index}]"
        place = put(link, f"{path}.{side}", other)
        trace |= {
            f"{path}.id": "=the link's number on its site",
            f"{path}.self": ADDRESS,
            f"{path}.type": SET_UP,
            f"{path}.type.name": f"{place}.type",
        }
    rows = fields.get("subtasks")
    if isinstance(rows, list) and all(isinstance(row, Mapping) and row.get("id") for row in rows):
        trace["fields.subtasks"] = "=each sub-task names its parent"
    _epic(issue, found)
    return found


def _epic(issue: IssueReading, found: list[Record]) -> None:
    """Add the epic that older projects name by its key, where the parent does not say the same [field type `gh-epic-link`]."""
    site, _, fields, trace, at = issue
    parent = fields.get("parent")
    for id_ in site.fields_of("gh-epic-link"):
        key = fields.get(id_)
        if not isinstance(key, str) or not key:
            continue
        if isinstance(parent, Mapping) and parent.get("key") == key:
            trace[f"fields.{id_}"] = "=the parent's number"
            continue
        trace[f"fields.{id_}"] = f"{at}.links[{len(found)}].title"
        found.append({"type": "epic", "title": key, "url": f"{site.browse}{key}", "inward": True})


def _ref(site: JiraCatalogIndex, id_: object) -> str:
    return str(Ref(site.desk, Kind.TICKET, str(id_)))


def own_watchers(site: JiraCatalogIndex, body: Mapping[str, Any], parts: Mapping[str, Any]) -> Record:
    """Return as followers those whom we made watchers and who still watch: others began by themselves, as all do who comment."""
    ours = {str(id_) for id_ in parts.get("watchers") or ()}
    if not ours:
        return {}
    users = [user for user in body.get("watchers") or [] if str(user.get("accountId")) in ours]
    return {"followers": read_people(site, users)}


def own_links(fields: Mapping[str, Any], parts: Mapping[str, Any]) -> list[Record]:
    """Return the links that this ticket's own lane made: each link shows itself on both issues, and is one of one ticket only."""
    there = {(name, inward, str(other.get("id"))) for _, _, name, inward, other in _ends(fields)}
    rows = [row for row in parts.get("links", []) if isinstance(row, Mapping)]
    kept = [
        dict(row["record"])
        for row in rows
        if (row["record"].get("type"), bool(row["record"].get("inward")), str(row.get("id"))) in there
    ]
    return [*kept, *(dict(row) for row in parts.get("remote", []))]


def links_beside(fields: Mapping[str, Any], parts: Mapping[str, Any]) -> list[list[Any]]:
    """Return [type, inward, id of the other issue] of the links that this ticket's own lane did not make.

    The other issue's lane made them, or an agent did: one issue alone does not tell which.
    """
    rows = [row for row in parts.get("links", []) if isinstance(row, Mapping)]
    own = {(row["record"].get("type"), bool(row["record"].get("inward")), str(row.get("id"))) for row in rows}
    found = {(name, inward, str(other.get("id"))) for _, _, name, inward, other in _ends(fields)}
    return [list(link) for link in sorted(found - own)]
