"""Organizations, groups, users with their identities, and memberships as neutral records."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.sdk import Ref, Translated, derived, join_path
from ticketferry.sdk.codec import FieldRow, read_fields
from ticketferry_zendesk.names import Names, field_value
from ticketferry_zendesk.people_rows import GROUP, IDENTITY, MEMBERSHIP, ORGANIZATION, PERSON
from ticketferry_zendesk.tracing import ref, traced, worked_out
from ticketferry_zendesk.wire import Row

__all__ = [
    "GROUP_APART",
    "MEMBERSHIP_APART",
    "ORGANIZATION_APART",
    "PERSON_APART",
    "group",
    "membership",
    "organization",
    "person",
]

_ADDRESS = "=address of the record in the API"
ORGANIZATION_APART = {"id": "=the record's own id", "url": _ADDRESS}
GROUP_APART = ORGANIZATION_APART
PERSON_APART = {
    **ORGANIZATION_APART,
    "role": "role",
    "role_type": "role",
    "active": "state",
    "suspended": "state",
    "locale_id": "=number of the locale",
    "organization_id": "organizations",
    "default_group_id": "groups",
}
MEMBERSHIP_APART = {**ORGANIZATION_APART, "organization_name": "=name of the organization"}
_STATE = "whether the account is in use"
_DERIVED = worked_out(
    {
        "role": "the neutral role",
        "role_type": "the neutral role",
        "active": _STATE,
        "suspended": _STATE,
    }
)
_DAY = "the day of a time at midnight"
_LIGHT_AGENT = 1
_AI_TAG = "ai_agent"


def _read(
    rows: Sequence[FieldRow], apart: Mapping[str, str], of: Ref, row: Row, names: Names
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the record and the trace of what the rows and the table say."""
    head = f"{of.kind.value}[{of.id}]"
    record, trace = read_fields(rows, row, names.reading, head)
    return {"ref": str(of), **record}, traced(head, apart) | trace


def _named(record: dict[str, Any], of: Ref) -> dict[str, Any]:
    return {**record, "name": record.get("name") or f"{of.kind.value} {of.id}"}


def organization(of: Ref, row: Row, names: Names) -> Translated:
    """An organization; its fields by their keys."""
    record, trace = _read(ORGANIZATION, ORGANIZATION_APART, of, row, names)
    _fields(
        record, row, "organization_fields", names.organization_types, trace, f"organization[{of.id}].fields"
    )
    return Translated([_named(record, of)], trace)


def group(of: Ref, row: Row, names: Names) -> Translated:
    """A group; restricted where the account says that it is not public."""
    record, trace = _read(GROUP, GROUP_APART, of, row, names)
    return Translated([_named(record, of)], trace)


def person(of: Ref, row: Row, names: Names) -> Translated:
    """A user. Light agents by `role_type` 1, AI agents by the tag `ai_agent`; inactive means deleted [OAS]."""
    head = f"person[{of.id}]"
    record, trace = _read(PERSON, PERSON_APART, of, row, names)
    trace |= _DERIVED
    record["role"] = _role(row)
    record["state"] = (
        "deleted" if row.get("active") is False else "suspended" if row.get("suspended") else "active"
    )
    if str(row.get("organization_id") or "").strip():
        record["organizations"] = [ref(of.desk, "organization", row["organization_id"])]
    else:
        trace.pop("organization_id", None)
    if str(row.get("default_group_id") or "").strip():
        record["groups"] = [ref(of.desk, "group", row["default_group_id"])]
    else:
        trace.pop("default_group_id", None)
    if row.get("role") not in ("end-user", "agent", "admin"):
        del trace["role"]
    if row.get("role_type") != _LIGHT_AGENT:
        del trace["role_type"]
    if row.get("iana_time_zone"):
        trace["time_zone"] = "=the time zone by the desk's own name"
    _identities(of, record, row, names, trace, head)
    _fields(record, row, "user_fields", names.people_types, trace, f"{head}.fields")
    return Translated([record], trace)


def _role(row: Row) -> str:
    role = row.get("role")
    if _AI_TAG in (row.get("tags") or ()) and role != "end-user":
        return "ai_agent"
    if role == "admin":
        return "admin"
    if role == "agent":
        return "light_agent" if row.get("role_type") == _LIGHT_AGENT else "agent"
    return "end_user"


def _identities(
    of: Ref, record: dict[str, Any], row: Row, names: Names, trace: dict[str, str], head: str
) -> None:
    found: list[dict[str, Any]] = []
    for index, item in enumerate(row.get("identities") or ()):
        wire = f"identities[{index}]"
        if not item.get("type") or not item.get("value"):
            continue
        place = f"{head}.identities[{len(found)}]"
        identity, places = read_fields(IDENTITY, item, names.reading, place, f"{wire}.")
        identity["ref"] = ref(of.desk, "identity", item.get("id", f"{of.id}-{index}"))
        trace |= places
        trace |= {
            f"{wire}.id": "=the record's own id",
            f"{wire}.url": _ADDRESS,
            f"{wire}.user_id": "=the user that the identity stands with",
        }
        found.append(identity)
    phone = row.get("phone")
    if phone:
        trace["phone"] = f"{head}.identities"
        if not any(item["type"] == "phone" and item["value"] == phone for item in found):
            # a number that several users share is no identity of its own [DOC users]
            found.append({"type": "phone", "value": str(phone), "primary": False})
    if found:
        record["identities"] = found


def membership(of: Ref, row: Row, names: Names) -> Translated:
    """A user's place in an organization or a group."""
    record, trace = _read(MEMBERSHIP, MEMBERSHIP_APART, of, row, names)
    return Translated([{"default": False, **record}], trace)


def _fields(
    record: dict[str, Any], row: Row, key: str, types: dict[str, str], trace: dict[str, str], head: str
) -> None:
    values = {
        name: field_value(types.get(name, ""), value)
        for name, value in (row.get(key) or {}).items()
        if value not in (None, "")
    }
    if values:
        record["fields"] = values
        trace |= {join_path(key, name): join_path(head, name) for name in values}
        trace |= {derived(join_path(key, name)): _DAY for name in values if types.get(name) == "date"}
