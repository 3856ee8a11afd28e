"""Organizations, groups, users with their identities, and memberships as neutral records."""

from typing import Any

from ticketferry.sdk import Ref, Translated, derived, join_path
from ticketferry_zendesk.names import Names, field_value
from ticketferry_zendesk.tracing import put, ref, traced, worked_out
from ticketferry_zendesk.wire import Row, utc

__all__ = [
    "GROUP",
    "IDENTITY",
    "MEMBERSHIP",
    "ORGANIZATION",
    "PERSON",
    "group",
    "membership",
    "organization",
    "person",
]

_ADDRESS = "=address of the record in the API"
ORGANIZATION = {
    "id": "=the record's own id",
    "url": _ADDRESS,
    "name": "name",
    "external_id": "external_id",
    "domain_names": "domains",
    "shared_tickets": "shared_tickets",
    "shared_comments": "shared_comments",
    "group_id": "group",
    "tags": "tags",
    "notes": "notes",
    "details": "details",
    "created_at": "created",
    "updated_at": "updated",
}
GROUP = {
    "id": "=the record's own id",
    "url": _ADDRESS,
    "name": "name",
    "is_public": "restricted",
    "deleted": "deleted",
    "description": "description",
    "default": "default",
    "created_at": "created",
    "updated_at": "updated",
}
PERSON = {
    "id": "=the record's own id",
    "url": _ADDRESS,
    "name": "name",
    "email": "email",
    "role": "role",
    "role_type": "role",
    "active": "state",
    "suspended": "state",
    "external_id": "external_id",
    "locale": "locale",
    "locale_id": "=number of the locale",
    "iana_time_zone": "time_zone",
    "organization_id": "organizations",
    "default_group_id": "groups",
    "tags": "tags",
    "notes": "notes",
    "details": "details",
    "alias": "alias",
    "created_at": "created",
    "updated_at": "updated",
}
IDENTITY = {
    "type": "type",
    "value": "value",
    "primary": "primary",
    "verified": "verified",
    "created_at": "created",
    "updated_at": "updated",
}
IDENTITY_TYPES = {"phone_number": "phone"}
MEMBERSHIP = {
    "id": "=the record's own id",
    "url": _ADDRESS,
    "user_id": "person",
    "organization_id": "organization",
    "organization_name": "=name of the organization",
    "group_id": "group",
    "default": "default",
    "created_at": "created",
    "updated_at": "updated",
}
_STATE = "whether the account is in use"
_DERIVED = worked_out(
    {
        "role": "the neutral role",
        "role_type": "the neutral role",
        "active": _STATE,
        "suspended": _STATE,
        "identities[].type": "the neutral type of an identity",
    }
)
_DAY = "the day of a time at midnight"
_GROUP_DERIVED = worked_out({"is_public": "a group that is not public is restricted"})
_LIGHT_AGENT = 1
_AI_TAG = "ai_agent"


def organization(of: Ref, row: Row, names: Names) -> Translated:
    """An organization; its fields by their keys."""
    record: dict[str, Any] = {"ref": str(of), "name": row.get("name") or f"organization {of.id}"}
    put(
        record,
        row,
        (
            ("external_id", "external_id"),
            ("domain_names", "domains"),
            ("shared_tickets", "shared_tickets"),
            ("shared_comments", "shared_comments"),
            ("tags", "tags"),
            ("notes", "notes"),
            ("details", "details"),
        ),
    )
    if row.get("group_id"):
        record["group"] = ref(of.desk, "group", row["group_id"])
    trace = traced(f"organization[{of.id}]", ORGANIZATION)
    _times(record, row, trace)
    _fields(
        record, row, "organization_fields", names.organization_types, trace, f"organization[{of.id}].fields"
    )
    return Translated([record], trace)


def group(of: Ref, row: Row, names: Names) -> Translated:  # noqa: ARG001 -- all translations are called alike
    """A group; restricted where the account says that it is not public."""
    record: dict[str, Any] = {"ref": str(of), "name": row.get("name") or f"group {of.id}"}
    put(record, row, (("deleted", "deleted"), ("description", "description"), ("default", "default")))
    if isinstance(row.get("is_public"), bool):
        record["restricted"] = not row["is_public"]
    trace = traced(f"group[{of.id}]", GROUP) | _GROUP_DERIVED
    _times(record, row, trace)
    return Translated([record], trace)


def person(of: Ref, row: Row, names: Names) -> Translated:
    """A user. Light agents by `role_type` 1, AI agents by the tag `ai_agent`; inactive means deleted [OAS]."""
    head = f"person[{of.id}]"
    record: dict[str, Any] = {"ref": str(of)}
    put(
        record,
        row,
        (
            ("name", "name"),
            ("email", "email"),
            ("external_id", "external_id"),
            ("locale", "locale"),
            ("iana_time_zone", "time_zone"),
            ("tags", "tags"),
            ("notes", "notes"),
            ("details", "details"),
            ("alias", "alias"),
        ),
    )
    record["role"] = _role(row)
    record["state"] = (
        "deleted" if row.get("active") is False else "suspended" if row.get("suspended") else "active"
    )
    trace = traced(head, PERSON) | _DERIVED
    if str(row.get("organization_id") or "").strip():
        record["organizations"] = [ref(of.desk, "organization", row["organization_id"])]
    else:
        trace.pop("organization_id", None)
    if str(row.get("default_group_id") or "").strip():
        record["groups"] = [ref(of.desk, "group", row["default_group_id"])]
    else:
        trace.pop("default_group_id", None)
    _times(record, row, trace)
    if row.get("role") not in ("end-user", "agent", "admin"):
        del trace["role"]
    if row.get("role_type") != _LIGHT_AGENT:
        del trace["role_type"]
    if row.get("iana_time_zone"):
        trace["time_zone"] = "=the time zone by the desk's own name"
    _identities(of, record, row, trace, head)
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


def _identities(of: Ref, record: dict[str, Any], row: Row, trace: dict[str, str], head: str) -> None:
    found: list[dict[str, Any]] = []
    for index, item in enumerate(row.get("identities") or ()):
        wire = f"identities[{index}]"
        if not item.get("type") or not item.get("value"):
            continue
        identity: dict[str, Any] = {
            "ref": ref(of.desk, "identity", item.get("id", f"{of.id}-{index}")),
            "type": IDENTITY_TYPES.get(item["type"], item["type"]),
            "value": str(item["value"]),
        }
        put(identity, item, (("primary", "primary"), ("verified", "verified")))
        trace |= {
            f"{wire}.{key}": f"{head}.identities[{len(found)}].{name}" for key, name in IDENTITY.items()
        }
        trace |= {
            f"{wire}.id": "=the record's own id",
            f"{wire}.url": _ADDRESS,
            f"{wire}.user_id": "=the user that the identity stands with",
        }
        _times(identity, item, trace, f"{wire}.")
        found.append(identity)
    phone = row.get("phone")
    if phone:
        trace["phone"] = f"{head}.identities"
        if not any(item["type"] == "phone" and item["value"] == phone for item in found):
            # a number that several users share is no identity of its own [DOC users]
            found.append({"type": "phone", "value": str(phone), "primary": False})
    if found:
        record["identities"] = found


def membership(of: Ref, row: Row, names: Names) -> Translated:  # noqa: ARG001 -- all translations are called alike
    """A user's place in an organization or a group."""
    record: dict[str, Any] = {
        "ref": str(of),
        "person": ref(of.desk, "person", row["user_id"]),
        "default": row.get("default") is True,
    }
    for key, name in (("organization_id", "organization"), ("group_id", "group")):
        if row.get(key):
            record[name] = ref(of.desk, name, row[key])
    trace = traced(f"membership[{of.id}]", MEMBERSHIP)
    _times(record, row, trace)
    return Translated([record], trace)


def _times(record: dict[str, Any], row: Row, trace: dict[str, str], path: str = "") -> None:
    """Put in when it was made and changed; what is no time is not claimed."""
    for key, name in (("created_at", "created"), ("updated_at", "updated")):
        found = utc(row.get(key))
        if found:
            record[name] = found
        else:
            trace.pop(f"{path}{key}", None)


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
