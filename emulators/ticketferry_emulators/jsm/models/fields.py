"""Field types: what a write may send for each, how it is stored, and what the history says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ticketferry_emulators.jsm.exceptions import TOO_LONG
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.jsm.models.records import Field, JiraProject, Option
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.models.times import parse_time

__all__ = [
    "READ_ONLY",
    "ValueRefusedError",
    "default_priority",
    "live_options",
    "named",
    "parse_value",
    "schema",
    "text_value",
]

READ_ONLY = frozenset(
    [
        "created",
        "updated",
        "resolutiondate",
        "creator",
        "status",
        "statuscategorychangedate",
        "votes",
        "watches",
        "comment",
        "worklog",
        "attachment",
        "issuelinks",
        "subtasks",
        "timespent",
        "workratio",
        "lastViewed",
    ]
)


class ValueRefusedError(ValueError):
    """The value is not one that the field takes; the message goes under `errors.{field}`."""


@dataclass(frozen=True, slots=True)
class _Context:
    state: SiteState
    project: JiraProject
    field: Field


def schema(field: Field) -> dict[str, Any]:
    """Return a field's JSON type bean."""
    bean: dict[str, Any] = {"type": field.type}
    if field.items:
        bean["items"] = field.items
    if field.custom:
        bean["custom"] = field.custom
        bean["customId"] = int(field.id.rpartition("_")[2])
    else:
        bean["system"] = field.id
    return bean


def parse_value(state: SiteState, project: JiraProject, field: Field, value: Any) -> Any:
    """Return the stored form of a written value; None empties the field. Raises ValueRefusedError."""
    if value is None:
        return None
    parser = _PARSERS.get(field.custom.rpartition(":")[2] or field.id)
    if parser is None:
        raise ValueRefusedError("Field does not support update.")
    return parser(_Context(state, project, field), value)


def text_value(
    state: SiteState, project: JiraProject, field: Field, value: Any
) -> tuple[str | None, str | None]:
    """Return what the history says of a stored value: (id, text)."""
    if value is None or value == []:
        return None, None
    kind = field.custom.rpartition(":")[2] or field.id
    if kind in ("reporter", "assignee", "userpicker"):
        return value, state.accounts[value].name
    if kind == "priority":
        return value, named(state.priorities, value)
    if kind == "resolution":
        return value, named(state.resolutions, value)
    if kind in ("select", "radiobuttons"):
        return value, named(field.options, value)
    if kind in ("multiselect", "multicheckboxes"):
        return ", ".join(value), ", ".join(named(field.options, item) for item in value)
    if kind == "components":
        names = {component.id: component.name for component in project.components}
        return ", ".join(value), ", ".join(names[item] for item in value)
    if isinstance(value, dict):
        if value.get("type") == "doc":
            return None, adf.plain_text(value)
        return value["parent"], " - ".join(named(field.options, v) for v in value.values() if v)
    if isinstance(value, list):
        return None, " ".join(str(item) for item in value)
    return None, str(value)


def named(options: list[Option], option_id: str) -> str:
    """Return the text of an option; its id where there is none."""
    return next((option.value for option in options if option.id == option_id), option_id)


def default_priority(state: SiteState, scheme: Sequence[str]) -> str:
    """Return the priority that a new issue gets by itself: Medium, or the first that the project's scheme has."""
    return scheme[0] if scheme and "3" not in scheme else "3"


def live_options(project: JiraProject, field: Field) -> list[Option]:
    """Return the options that the field's context has in a project."""
    ids = project.options.get(field.id)
    return field.options if ids is None else [option for option in field.options if option.id in ids]


# --- writing


def _text(context: _Context, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueRefusedError("Operation value must be a string")
    limit = 255 if context.field.custom.endswith(":textfield") else 32767
    if len(value) > limit:
        raise ValueRefusedError(TOO_LONG if limit > 255 else "Text is too long; the limit is 255 characters.")
    return value


def _summary(context: _Context, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueRefusedError("Operation value must be a string")
    if not value.strip():
        raise ValueRefusedError("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise ValueRefusedError("The summary is invalid because it contains newline characters.")
    if len(value) > 255:
        raise ValueRefusedError("Summary can't exceed 255 characters.")
    return value.strip()


def _document(context: _Context, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or value.get("type") != "doc":
        raise ValueRefusedError(
            "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        )
    document = adf.check(value)
    if adf.text_length(document) > 32767:
        raise ValueRefusedError(TOO_LONG)
    return document


def _number(context: _Context, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueRefusedError("Operation value must be a number")
    return float(value)


def _date(context: _Context, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueRefusedError("Error parsing date string: use the form yyyy-MM-dd") from None


def _datetime(context: _Context, value: Any) -> float:
    try:
        return parse_time(value)
    except ValueError:
        text = f"Operation value must be a string in the form yyyy-MM-dd'T'HH:mm:ss.SSSZ, not {value!r}"
        raise ValueRefusedError(text) from None


def _label_list(context: _Context, value: Any) -> list[str]:
    if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
        raise ValueRefusedError("Operation value must be an array of strings")
    for label in value:
        if re.search(r"\s", label):
            raise ValueRefusedError(f"The label '{label}' can't contain spaces.")
        if not label or len(label) > 255:
            raise ValueRefusedError("A label has between 1 and 255 characters.")
    return list(dict.fromkeys(value))


def _user(context: _Context, value: Any) -> str:
    account_id = value.get("accountId", value.get("id")) if isinstance(value, dict) else None
    account = context.state.accounts.get(account_id) if isinstance(account_id, str) else None
    if account is None:
        raise ValueRefusedError("Specify a valid value for " + context.field.id)
    return account.id


def _assignee(context: _Context, value: Any) -> str | None:
    if isinstance(value, dict) and value.get("accountId", value.get("id")) is None:
        return None
    account = context.state.accounts[_user(context, value)]
    if not account.agent or not account.active:
        raise ValueRefusedError(f"User '{account.name}' cannot be assigned issues.")
    return account.id


def _users(context: _Context, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueRefusedError("data was not an array")
    return list(dict.fromkeys(_user(context, item) for item in value))


def _from(options: list[Option], value: Any, field: str, name: str = "value") -> Option:
    if not isinstance(value, dict):
        raise ValueRefusedError(f"Specify a valid 'id' or 'name' for {field}")
    for option in options:
        if option.disabled:
            continue
        if value.get("id") is not None and str(value["id"]) == option.id:
            return option
        if "id" not in value and value.get(name) == option.value:
            return option
    raise ValueRefusedError(f"Option id '{value.get('id', value.get(name))}' is not valid")


def _priority(context: _Context, value: Any) -> str:
    scheme = context.project.priorities
    options = [option for option in context.state.priorities if not scheme or option.id in scheme]
    return _from(options, value, "priority", "name").id


def _resolution(context: _Context, value: Any) -> str:
    return _from(context.state.resolutions, value, "resolution", "name").id


def _select(context: _Context, value: Any) -> str:
    top = [option for option in live_options(context.project, context.field) if option.parent is None]
    return _from(top, value, context.field.id).id


def _selects(context: _Context, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueRefusedError("data was not an array")
    options = live_options(context.project, context.field)
    return [_from(options, item, context.field.id).id for item in value]


def _cascading(context: _Context, value: Any) -> dict[str, str | None]:
    parent = _select(context, value)
    child = value.get("child")
    if child is None:
        return {"parent": parent, "child": None}
    below = [option for option in live_options(context.project, context.field) if option.parent == parent]
    return {"parent": parent, "child": _from(below, child, context.field.id).id}


def _components(context: _Context, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueRefusedError("data was not an array")
    options = [Option(component.id, component.name) for component in context.project.components]
    return [_from(options, item, "components", "name").id for item in value]


def _security(context: _Context, value: Any) -> str:
    options = [Option(level.id, level.name) for level in context.project.levels]
    return _from(options, value, "security", "name").id


def _url(context: _Context, value: Any) -> str:
    if not isinstance(value, str) or not re.match(r"https?://[^\s/]+", value):
        raise ValueRefusedError("The URL must begin with http:// or https://")
    return value


def _request_type(context: _Context, value: Any) -> str:
    desk = context.state.desk_of(context.project.id)
    if not isinstance(value, str):
        raise ValueRefusedError("Operation value must be a string")
    if desk is None or value not in {kind.id for kind in desk.request_types}:
        raise ValueRefusedError(f"Request type '{value}' is not valid for this project.")
    return value


def _organizations(context: _Context, value: Any) -> list[str]:
    if not isinstance(value, list) or any(isinstance(v, bool) or not isinstance(v, int) for v in value):
        raise ValueRefusedError("Operation value must be an array of organization ids as numbers")
    desk = context.state.desk_of(context.project.id)
    for item in value:
        if (
            str(item) not in context.state.organizations
            or desk is None
            or str(item) not in desk.organizations
        ):
            raise ValueRefusedError(f"Organization {item} is not valid for this project.")
    return [str(item) for item in dict.fromkeys(value)]


def _language(context: _Context, value: Any) -> str:
    code = value.get("languageCode") if isinstance(value, dict) else value
    if not isinstance(code, str) or not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", code):
        raise ValueRefusedError("Operation value must be a language code")
    return code


_PARSERS: dict[str, Callable[[_Context, Any], Any]] = {
    "summary": _summary,
    "description": _document,
    "environment": _document,
    "reporter": _user,
    "assignee": _assignee,
    "priority": _priority,
    "resolution": _resolution,
    "labels": _label_list,
    "components": _components,
    "duedate": _date,
    "security": _security,
    "textfield": _text,
    "textarea": _document,
    "float": _number,
    "datepicker": _date,
    "datetime": _datetime,
    "select": _select,
    "radiobuttons": _select,
    "multiselect": _selects,
    "multicheckboxes": _selects,
    "cascadingselect": _cascading,
    "url": _url,
    "userpicker": _user,
    "multiuserpicker": _users,
    "vp-origin": _request_type,
    "sd-customer-organizations": _organizations,
    "sd-request-participants": _users,
    "sd-request-lang": _language,
}
