"""Fields of an issue: what the site defines by name, the desk's own fields, and custom fields by their type. Pure."""

from collections.abc import Mapping
from typing import Any

from ticketferry.sdk import FieldDef, Finding, Json, Kind, Ref, Severity, derived, join_path
from ticketferry.sdk.codec import ReadContext, read_fields

from .fields import UNREAD, read_value
from .issue_reading import IssueReading
from .issue_rows import rows_of
from .read_any import NAMING, read_any, read_people
from .site_index import JiraCatalogIndex
from .tracing import ADDRESS, SET_UP, trace_account, trace_document, trace_named
from .wire import STAGES, neutral_time

__all__ = ["custom_fields", "names", "shared", "shared_beside"]

_OPTION = "=number of the option, which its value names"


def _mark(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _name(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    return str(value["name"]) if isinstance(value, Mapping) and value.get("name") else None


def names(issue: IssueReading) -> None:
    """Put in what rows read, and the status with its stage and the request type.

    The stage is that of the issue's own status: several statuses of a site may have one name, in different categories.
    """
    site, head, fields, trace, at = issue
    record, places = read_fields(rows_of(site), fields, ReadContext(site.desk), at, "fields.")
    head.update(record)
    trace.update(places)
    status = fields.get("status")
    head["status"] = _name(status)
    category = _mark(_mark(status).get("statusCategory")).get("key")
    head["stage"] = STAGES.get(str(category)) or (site.stage(head["status"]) if head["status"] else None)
    trace |= trace_named(status, "fields.status", f"{at}.status")
    if category in STAGES:
        trace |= {"fields.status.statusCategory.key": f"{at}.stage"}
        trace[derived("fields.status.statusCategory.key")] = "the stage of the category"
    _form(issue)


def _form(issue: IssueReading) -> None:
    """Put in the request type."""
    site, head, fields, trace, at = issue
    if (id_ := site.special("request_type")) and isinstance(value := fields.get(id_), Mapping):
        form = value.get("requestType")
        head["form"] = _name(form)
        if head["form"]:
            path = f"fields.{id_}"
            trace |= {f"{path}.requestType": SET_UP, f"{path}.requestType.name": f"{at}.form"}
            trace |= {
                f"{path}._links": ADDRESS,
                f"{path}.currentStatus": "=the status, in the portal's words",
            }


def shared_beside(site: JiraCatalogIndex, fields: Mapping[str, Any]) -> list[str]:
    """Return the organizations that a ticket is shared with beside the first, which is its own."""
    field_id = site.special("organizations")
    rows = fields.get(field_id) if field_id else None
    further = rows[1:] if isinstance(rows, list) else []
    return sorted(
        str(Ref(site.desk, Kind.ORGANIZATION, str(row["id"]))) for row in further if _mark(row).get("id")
    )


def shared(site: JiraCatalogIndex, own: Ref, fields: Mapping[str, Any]) -> list[Finding]:
    """Tell of a request that several organizations share: a ticket has one."""
    field_id = site.special("organizations")
    rows = fields.get(field_id) if field_id else None
    if not isinstance(rows, list) or len(rows) < 2:
        return []
    names = ", ".join(str(_mark(row).get("name") or _mark(row).get("id")) for row in rows[1:])
    return [
        Finding(
            "JSM-ORGANIZATIONS", Severity.LOSS, own, f"fields.{field_id}",
            f"the request is shared with {len(rows)} organizations; a ticket has one: {names} would see it no longer",
            "Add their members as participants, or let one organization stand for all.", len(rows) - 1,
        )
    ]  # fmt: skip


def custom_fields(issue: IssueReading, *, people: bool) -> None:
    """Put in custom fields under their names. `people`: also those that name accounts, as references to persons."""
    site, head, fields, trace, at = issue
    values: dict[str, Json] = {}
    for field_id, value in fields.items():
        known = site.field_by_id(field_id)
        if known is None or value is None:
            continue
        if known["type"] in UNREAD and not people:
            continue
        shown = read_people(site, value) if known["type"] in UNREAD else read_value(known, value)
        if known["type"] == "user" and isinstance(shown, list):
            shown = shown[0] if shown else None
        if shown is None:
            shown = read_any(site, known["type"], value) if people else None
        if shown not in (None, "", [], {}):
            key = site.key_in(known, fields)
            values[key] = shown
            _trace(trace, known, value, f"fields.{field_id}", join_path(f"{at}.fields", key))
    head["fields"] = values


def _trace(trace: dict[str, str], known: FieldDef, value: Any, path: str, place: str) -> None:
    if known["type"] == "textarea":
        trace_document(trace, value, path, place)
        return
    if known["type"] in ("date", "datetime") and neutral_time(value):
        trace[path] = place
        return
    for index, item in enumerate(value) if isinstance(value, list) else ((None, value),):
        own = path if index is None else f"{path}[{index}]"
        if not isinstance(item, Mapping):
            trace[own] = place
        elif item.get("accountId"):
            trace |= trace_account(item, own, place)
        else:
            _trace_object(trace, item, own, place)


def _trace_object(trace: dict[str, str], item: Mapping[str, Any], path: str, place: str) -> None:
    """Trace an option, a group, a version …: what names it is at `place`, its id is the site's; the rest stays as it came."""
    trace[f"{path}.self"] = ADDRESS
    told = next((key for key in NAMING if item.get(key)), None)
    if told is None:
        return
    trace[f"{path}.{told}"] = place
    if told in ("value", "name"):
        trace[f"{path}.id"] = _OPTION
    if isinstance(item.get("child"), Mapping):
        trace |= {f"{path}.child.self": ADDRESS, f"{path}.child.value": place, f"{path}.child.id": _OPTION}
