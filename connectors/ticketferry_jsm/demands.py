"""What Jira asks of a new issue, or of a step on its way, and the ticket does not bring: told by the plan, before Jira refuses it.

Create metadata says what a create screen must have, workflows what their validators and screens ask for [P GET
/issue/createmeta/{project}/issuetypes/{type}, GET /workflows/search].
"""

from collections.abc import Iterable, Sequence

from ticketferry.sdk import FieldDef, Lane, Severity
from ticketferry.sdk.codec import traced_by

from .head import IssueHead
from .issue_rows import ISSUE
from .paths import Hop
from .site_index import JiraCatalogIndex

__all__ = ["REQUIRED", "check_hops", "check_new", "lacking", "mapping_line"]

REQUIRED = "JSM-REQUIRED"
_GIVEN = frozenset({"project", "issuetype", "summary", "reporter"})
"""What every new issue has: where a ticket names no reporter, Jira takes the account that writes."""
_SHOWN = 4
_PATHS = traced_by(ISSUE) | {"description": "body"}
"""Jira's field -> the record's."""


def check_new(head: IssueHead, site: JiraCatalogIndex, lane: Lane) -> None:
    """Find what the create screen or the first transition's validators ask for and the ticket has not."""
    for key in dict.fromkeys(head.type.get("required", [])):
        if key not in _GIVEN and not _brought(head, site, key):
            _tell(lane, head, site, key, f"a new {head.type['name']} of {head.project['key']}")


def check_hops(head: IssueHead, site: JiraCatalogIndex, lane: Lane, hops: Sequence[Hop]) -> None:
    """Find what a transition on the way asks for and the issue will not have."""
    for key, hop in lacking(head, site, hops).items():
        _tell(lane, head, site, key, f"the transition {hop.name!r} to {hop.to!r}")


def lacking(head: IssueHead, site: JiraCatalogIndex, hops: Sequence[Hop]) -> dict[str, Hop]:
    """Return the fields that transitions ask for and the ticket does not bring, each with the first that asks."""
    found: dict[str, Hop] = {}
    for hop in hops:
        for key in sorted(hop.required - {"resolution"}):
            field = site.field(key)
            id_ = field["id"] if field is not None else key
            if not _brought(head, site, key) and id_ not in head.hop_fields.get(hop.id, {}):
                found.setdefault(key, hop)
    return found


def _brought(head: IssueHead, site: JiraCatalogIndex, key: str) -> bool:
    field = site.field(key)
    id_ = field["id"] if field is not None else key
    if id_ == "description":
        return bool(head.description)
    return head.fields.get(id_) not in (None, [])


def _tell(lane: Lane, head: IssueHead, site: JiraCatalogIndex, key: str, who: str) -> None:
    field = site.field(key)
    name = field["name"] if field is not None else key
    path = f"fields.{field['key']}" if field is not None else _PATHS.get(key, key)
    if path == key and field is None:
        remedy = f"Make {name} optional in the field configuration: it cannot be written with the issue."
    else:
        remedy = f"{mapping_line(head, key, field)} Or make the field optional in Jira."
    lane.find(
        REQUIRED, Severity.BLOCKER, path, f"{who} needs a value for {name!r}, and the ticket has none", remedy
    )


def mapping_line(head: IssueHead, key: str, field: FieldDef | None) -> str:
    """Return the line to paste into the mapping for a field that must not be empty."""
    if field is None:
        return f"Give it a value in the mapping (`{_PATHS.get(key, key)}`)."
    allowed = head.type.get("allowed", {}).get(key)
    values = [
        item["value"]
        for item in field.get("options", [])
        if item.get("active", True)
        and not item.get("parent")
        and (allowed is None or item.get("id") in allowed)
    ]
    example = values[0] if values else "…"
    return f'Add to the mapping, under fields: `- {{set: {{"{field["name"]}": "{example}"}}}}`{_choices(values)}.'


def _choices(values: Iterable[str]) -> str:
    known = list(values)
    if len(known) < 2:
        return ""
    return f" (there are: {', '.join(known[:_SHOWN])}{', …' if len(known) > _SHOWN else ''})"
