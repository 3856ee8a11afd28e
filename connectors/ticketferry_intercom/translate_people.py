"""Contacts, admins, companies and teams as neutral records. Pure."""

from typing import Any

from ticketferry.sdk import Catalog, Kind, Translated, Wire
from ticketferry.sdk.few_tags import plain
from ticketferry.sdk.shapes import object_at, objects_at
from ticketferry.sdk.traced import TracedRecords
from ticketferry.sdk.values import from_unix, nobody
from ticketferry_intercom.client import Row

__all__ = ["times", "translate_person", "translate_row"]

_CONTACT = {"name": "name", "email": "email", "external_id": "external_id", "language_override": "locale"}
_COMPANY = {"name": "name", "company_id": "external_id"}
_ADMIN = {"name": "name", "email": "email"}
_ROLES = {"admin": "agent", "team": "agent", "bot": "automation"}
_TIMES = ("remote_created_at", "created_at", "updated_at", "last_request_at")
_OF_COMPANY = ("name", "company_id", "app_id", *_TIMES)


def times(made: TracedRecords, row: Row, *names: str) -> None:
    """Set times out of unix seconds: `created_at` becomes `created`, of several the last one that is there."""
    for name in names or ("created_at", "updated_at"):
        made.put(name.rsplit("_", 2)[-2], from_unix(row.get(name)), name)


def _begun(wire: Wire, **more: Any) -> TracedRecords:
    made = TracedRecords(wire.ref.desk, {"ref": str(wire.ref), **more})
    made.at("id", "ref")
    made.dropped("the kind of the record", "type")
    made.dropped("the workspace", "workspace_id", "app_id")
    return made


def translate_person(wire: Wire, catalog: Catalog) -> Translated:
    """Translate a contact, an admin, or an author whom no list shows."""
    body = object_at(wire.body)
    made = _begun(wire)
    if "author" in body:
        _author(made, object_at(body, "author"))
    elif body.get("type") == "admin":
        made.record |= {"role": "agent", "state": "active"}
        made.copy(_ADMIN, body)
        teams = [made.ref(Kind.GROUP, id_) for id_ in body.get("team_ids") or () if not nobody(id_)]
        made.put("groups", teams, "team_ids")
    else:
        _contact(made, body, catalog)
    return made.done()


def _author(made: TracedRecords, author: Row) -> None:
    """Make a person of the author of a message: whom neither a list nor their own address shows is gone, but for bots."""
    kind, by_ai = str(author.get("type")), author.get("from_ai_agent") is True
    made.record["role"] = "ai_agent" if by_ai else _ROLES.get(kind, "end_user")
    made.record["state"] = "active" if kind == "bot" or by_ai else "deleted"
    made.at("author.id", "ref")
    made.at("author.type", "role", "who writes as a bot, an admin or a contact")
    made.copy(_ADMIN, author, "author.")


def _contact(made: TracedRecords, body: Row, catalog: Catalog) -> None:
    made.put("role", "end_user", "role", "users and leads are customers")
    made.record["state"] = "active"
    made.copy(_CONTACT, body)
    times(made, body)
    if body.get("phone"):
        made.put("identities", [{"type": "phone", "value": str(body["phone"])}], "phone")
    for name in ("companies", "tags", "notes"):
        made.dropped("the kind of the record", f"{name}.type", f"{name}.data[].type")
        made.dropped("an address of the API", f"{name}.url", f"{name}.data[].url")
        made.dropped("how long the list is", f"{name}.total_count", f"{name}.has_more")
    ids = [row["id"] for row in objects_at(body, "companies.data") if row.get("id")]
    made.put("organizations", [made.ref(Kind.ORGANIZATION, id_) for id_ in ids], "companies.data[].id")
    made.dropped(
        "it stands in the company's own record", *(f"companies.data[].{name}" for name in _OF_COMPANY)
    )
    names, rows = object_at(catalog, "native.tags"), objects_at(body, "tags.data")
    tags = [str(names.get(str(row.get("id"))) or row.get("name") or row.get("id")) for row in rows]
    made.put("tags", tags, "tags.data[].id", "the name of the id in the catalog")
    notes = [plain(str(row["body"])) for row in objects_at(body, "notes.data") if row.get("body")]
    told = "\n\n".join(filter(None, notes))
    made.put("notes", told, "notes.data[].body", "the notes as one text, the newest first")
    made.fields(body.get("custom_attributes"), "custom_attributes")


def translate_row(wire: Wire) -> Translated:
    """Translate a company or a team."""
    body = object_at(wire.body)
    made = _begun(wire, name=str(body.get("name") or body.get("company_id") or wire.ref.id))
    if wire.ref.kind is Kind.GROUP:
        made.copy({"name": "name"}, body)
        made.dropped("it stands in the admins' own records", "admin_ids")
        return made.done()
    made.copy(_COMPANY, body)
    # The day on which the company became a customer counts before the one on which Intercom first heard of it.
    first = "remote_created_at" if from_unix(body.get("remote_created_at")) else "created_at"
    times(made, body, first, "updated_at")
    made.dropped("the kind of the record", "tags.type", "tags.tags[].type")
    tags = [str(row["name"]) for row in objects_at(body, "tags.tags") if row.get("name")]
    made.put("tags", tags, "tags.tags[].name")
    made.fields(body.get("custom_attributes"), "custom_attributes")
    return made.done()
