"""Custom attributes: which there are, and which values they take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.intercom.exceptions import invalid, no_resource, refused
from ticketferry_emulators.intercom.models.records import DataAttribute
from ticketferry_emulators.intercom.models.state import WorkspaceState

__all__ = ["change_attribute", "create_attribute", "set_attributes"]

_LONGEST = 255
"""Characters that a text attribute holds [RECALL]."""
_NAME = re.compile(r"[\w $€£¥-]+")
_KINDS = frozenset({"string", "integer", "float", "boolean", "datetime", "date", "options"})
_FIELD = "custom_attributes"


def set_attributes(
    state: WorkspaceState, model: str, current: Mapping[str, Any], sent: Any
) -> dict[str, Any]:
    """Return the values with what was sent put in; null clears. Raises Refused (400) for what is not defined, or twice."""
    if sent is None:
        return dict(current)
    if not isinstance(sent, dict):
        raise invalid("custom_attributes must be an object", _FIELD)
    if model == "conversation":
        _unambiguous(state)
    values = dict(current)
    for name, value in sent.items():
        rows = state.attribute(model, name)
        if not rows:
            raise invalid(f"Custom attribute '{name}' does not exist", _FIELD)
        if value is None:
            values.pop(name, None)
        else:
            values[name] = _value(rows[0], value)
    return values


def _unambiguous(state: WorkspaceState) -> None:
    """Refuse where two live conversation attributes have one name, whichever is sent [OAS]."""
    names = [row.name for row in state.attributes if row.model == "conversation" and not row.archived]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refused(
            400, "parameter_invalid", f"There is more than one attribute with the name '{twice}'", _FIELD
        )


def _value(row: DataAttribute, value: Any) -> Any:
    kind = row.data_type
    plain = isinstance(value, str | int | float)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "string": plain and not isinstance(value, bool),
        "options": isinstance(value, str),
        "integer": number and isinstance(value, int),
        "float": number,
        "boolean": isinstance(value, bool),
        "date": number and isinstance(value, int),
        "datetime": number and isinstance(value, int),
    }[kind]
    if not fits:
        raise invalid(f"Custom attribute '{row.name}' must be of type {kind}", _FIELD)
    if kind == "string" and len(str(value)) > _LONGEST:
        raise invalid(f"Custom attribute '{row.name}' is longer than {_LONGEST} characters", _FIELD)
    if kind == "options" and value not in row.options:
        raise invalid(f"Custom attribute '{row.name}' has no option '{value}'", _FIELD)
    return str(value) if kind == "string" else value


def create_attribute(state: WorkspaceState, sent: Mapping[str, Any]) -> DataAttribute:
    """Make an attribute of contacts or companies; of conversations only where the switch says that the API does."""
    model, name, kind = sent.get("model"), sent.get("name"), sent.get("data_type")
    models = (
        ("contact", "company", "conversation")
        if state.unsettled.conversation_attributes_creatable
        else ("contact", "company")
    )
    if model not in models:
        raise invalid("The Data Attribute model field must be either contact or company")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid(
            "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens"
        )
    if kind not in _KINDS:
        raise invalid("Data Type isn't an option")
    if any(
        row.name.casefold() == name.casefold() and row.model == model and not row.archived
        for row in state.attributes
    ):
        raise invalid(
            f"You already have '{name}' in your {model} data. To save this as new {model} data, use a different name."
        )
    options = _options(sent.get("options")) if kind == "options" else []
    now = state.now()
    row = DataAttribute(
        int(state.next_id("attribute")), str(model), name, str(kind), name, str(sent.get("description") or ""), options,
        messenger_writable=bool(sent.get("messenger_writable")), created_at=now, updated_at=now,
    )  # fmt: skip
    state.attributes.append(row)
    return row


def change_attribute(state: WorkspaceState, identifier: str, sent: Mapping[str, Any]) -> DataAttribute:
    """Change description, options, or archive."""
    row = next((row for row in state.attributes if str(row.id) == identifier), None)
    if row is None:
        raise no_resource("We couldn't find that data attribute to update", "field_not_found")
    options = _options(sent["options"]) if "options" in sent else row.options
    row.options = options
    row.archived = bool(sent.get("archived", row.archived))
    row.description = str(sent.get("description", row.description))
    row.updated_at = state.now()
    return row


def _options(sent: Any) -> list[str]:
    if not isinstance(sent, list):
        raise invalid("Options isn't an array")
    values = [one.get("value") if isinstance(one, dict) else one for one in sent]
    if len(values) < 2 or any(not isinstance(value, str) for value in values):
        raise invalid("Options must have at least two values")
    return [str(value) for value in values]
