"""Zendesk's OpenAPI document as a check of records and answers, with its known faults mended and listed by name."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator


@dataclass(frozen=True, eq=False)
class DocumentFault:
    """Where the document and recorded answers disagree; `place` is schema.property, or a schema for its whole."""

    name: str
    place: str
    reason: str
    schema: dict[str, Any] | None = None
    """What stands there instead; None: the same, or null."""
    lax: bool = False
    """The document lets wrong records pass, instead of refusing right ones."""


_NULL = "null where nothing is set, in every recorded ticket, user or attachment; the document does not say nullable"
FAULTS = (
    DocumentFault("no forum topic", "TicketObject.forum_topic_id", _NULL),
    DocumentFault("empty custom field", "TicketFieldValueInput.value", _NULL),
    DocumentFault("ticket without recipient", "TicketObject.recipient", _NULL),
    DocumentFault("no probability of satisfaction", "TicketObject.satisfaction_probability", _NULL),
    DocumentFault(
        "deleted tickets in the export", "TicketObject.status",
        "incremental exports give deleted tickets the status deleted (1,032 of 4,328 recorded records)",
        {"type": "string", "enum": ["new", "open", "pending", "hold", "solved", "closed", "deleted"]},
    ),
    DocumentFault("audits in the export of ticket events", "ExportIncrementalTicketEventsResponse.ticket_events",
                  "the document shows metric events there; the endpoint gives audits",
                  {"type": "array", "items": {"type": "object", "required": ["id", "ticket_id", "timestamp", "child_events"]}}, lax=True),
    DocumentFault("one metric, not a list", "TicketMetricsByTicketMetricIdResponse.ticket_metric",
                  "an object in answers, an array in the document", {"$ref": "#/components/schemas/TicketMetricObject"}),
    DocumentFault("one rating, not a list", "SatisfactionRatingResponse.satisfaction_rating",
                  "an object in the answer to a creation and to public clients, an array in the document; the connector reads both",
                  {"$ref": "#/components/schemas/SatisfactionRatingObject"}),
    *(
        DocumentFault(f"attachment without {name}", f"AttachmentBaseObject.{name}", _NULL)
        for name in ("width", "height")
    ),
    *(
        DocumentFault(f"user without {name}", f"UserForAdmin.{name}", _NULL)
        for name in ("email", "last_login_at", "alias", "details", "notes", "signature", "default_group_id", "id")
    ),
    DocumentFault("brand without logo", "BrandObject.logo", _NULL),
    DocumentFault("brand without host mapping", "BrandObject.host_mapping", _NULL),
    DocumentFault("field without agents' description", "TicketFieldObject.agent_description", _NULL),
    DocumentFault(
        "unset organization field", "OrganizationObject.organization_fields",
        "fields without a value are null; the document allows strings and numbers only", {"type": ["object", "null"]},
    ),
    *(
        DocumentFault(f"rating without {name}", f"SatisfactionRatingObject.{name}", _NULL)
        for name in ("comment", "reason", "reason_id", "reason_code")
    ),
    *(
        DocumentFault(f"metric without {name}", f"TicketMetricObject.{name}", _NULL)
        for name in ("assigned_at", "initially_assigned_at", "assignee_updated_at", "solved_at")
    ),
    *(
        DocumentFault(f"metric time without {name}", f"TicketMetricTimeObject.{name}", _NULL)
        for name in ("calendar", "business")
    ),
    DocumentFault("suspended mail of a stranger", "AuthorObject.id", _NULL),
    DocumentFault("suspended mail without ticket", "SuspendedTicketObject.ticket_id", _NULL),
    DocumentFault(
        "rows of a job's results as recorded", "JobStatusResultObject",
        "created organizations have no index, rows that failed have neither action nor success, and of a creation no id",
        {"anyOf": [
            {"$ref": "#/components/schemas/CreateResourceResult"}, {"$ref": "#/components/schemas/UpdateResourceResult"},
            {"$ref": "#/components/schemas/FailedResult"},
            {"type": "object", "required": ["id", "status"], "properties": {"id": {"type": "integer"}, "status": {"enum": ["Created"]}}},
            {"type": "object", "required": ["index", "error", "details"],
             "properties": {name: {"type": kind} for name, kind in
                            (("index", "integer"), ("error", "string"), ("details", "string"), ("id", "integer"))}},
        ]},
    ),
    *(
        DocumentFault(f"deleted user without {name}", f"DeletedUserObject.{name}", f"required in the document; {_NULL}")
        for name in ("email", "organization_id")
    ),
    DocumentFault("either kind of user", "UserObject",
                  "admins see UserForAdmin; UserForEndUser beside it would let any lax record pass",
                  {"$ref": "#/components/schemas/UserForAdmin"}, lax=True),
)  # fmt: skip


@lru_cache(maxsize=4)
def document(shared: Path, *, without: DocumentFault | None = None) -> dict[str, Any]:
    """Return the document with `nullable` written as JSON Schema has it and the known faults mended, but for one."""
    found = _read(shared)
    schemas = found["components"]["schemas"]
    for fault in FAULTS:
        if fault == without:
            continue
        name, _, member = fault.place.partition(".")
        owner = schemas if not member else next(_owners(schemas[name], member))
        key = member or name
        owner[key] = (
            copy.deepcopy(fault.schema) if fault.schema is not None else {**owner[key], "nullable": True}
        )
    _mend_nulls(found)
    return found


def _read(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "specs" / "zendesk-support.openapi.json").read_bytes())


def _owners(schema: dict[str, Any], member: str) -> Iterator[dict[str, Any]]:
    if member in schema.get("properties", {}):
        yield schema["properties"]
    for part in schema.get("allOf", ()):
        yield from _owners(part, member)


def _mend_nulls(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _mend_nulls(item)
        return
    if not isinstance(node, dict):
        return
    for value in node.values():
        _mend_nulls(value)
    if node.pop("nullable", False) is True:
        plain = dict(node)
        node.clear()
        node["anyOf"] = [{"type": "null"}, plain]


def complaints(
    shared: Path, schema: str | dict[str, Any], instance: Any, *, without: DocumentFault | None = None
) -> list[str]:
    """Return what the document has against an instance of a schema, named or given, as `path: message`."""
    whole = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    root = {"allOf": [whole], "components": document(shared, without=without)["components"]}
    errors = Draft4Validator(root).iter_errors(instance)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]


def answer_schema(shared: Path, path: str, status: int, method: str = "get") -> dict[str, Any]:
    """Return the schema of an operation's JSON answer; `path` is a template of the document."""
    answer = document(shared)["paths"][path][method]["responses"][str(status)]
    return answer["content"]["application/json"]["schema"]
