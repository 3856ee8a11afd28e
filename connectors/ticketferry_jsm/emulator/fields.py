"""Field types: what a write may send for each, how it is stored, how it is read, and what the history says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from . import adf
from .errors import TOO_LONG
from .model import Field, Issue, Option, Project
from .state import SiteState
from .times import parse_time

if TYPE_CHECKING:
    from .wire import View

__all__ = ["READ_ONLY", "ValueRefusedError", "parse_value", "schema", "show_value", "text_value"]

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
    project: Project
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


def parse_value(state: SiteState, project: Project, field: Field, value: Any) -> Any:
    """Return the stored form of a written value; None empties the field. Raises ValueRefusedError."""
    if value is None:
        return None
    parser = _PARSERS.get(field.custom.rpartition(":")[2] or field.id)
    if parser is None:
        raise ValueRefusedError("Field does not support update.")
    return parser(_Context(state, project, field), value)


def show_value(view: View, issue: Issue, field: Field) -> Any:
    """Return the read form of a stored value."""
    value = issue.values.get(field.id)
    kind = field.custom.rpartition(":")[2] or field.id
    if value is None:
        return [] if kind in ("labels", "components") and not field.custom else None
    shower = _SHOWERS.get(kind)
    return value if shower is None else shower(view, issue, field, value)


def text_value(state: SiteState, project: Project, field: Field, value: Any) -> tuple[str | None, str | None]:
    """Return what the history says of a stored value: (id, text)."""
    if value is None or value == []:
        return None, None
    kind = field.custom.rpartition(":")[2] or field.id
    if kind in ("reporter", "assignee", "userpicker"):
        return value, state.accounts[value].name
    if kind == "priority":
        return value, _named(state.priorities, value)
    if kind == "resolution":
        return value, _named(state.resolutions, value)
    if kind in ("select", "radiobuttons"):
        return value, _named(field.options, value)
    if kind in ("multiselect", "multicheckboxes"):
        return ", ".join(value), ", ".join(_named(field.options, item) for item in value)
    if kind == "components":
        names = {component.id: component.name for component in project.components}
        return ", ".join(value), ", ".join(names[item] for item in value)
    if isinstance(value, dict):
        if value.get("type") == "doc":
            return None, adf.plain_text(value)
        return value["parent"], " - ".join(_named(field.options, v) for v in value.values() if v)
    if isinstance(value, list):
        return None, " ".join(str(item) for item in value)
    return None, str(value)


def _named(options: list[Option], option_id: str) -> str:
    return next((option.value for option in options if option.id == option_id), option_id)


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
    return _from(context.state.priorities, value, "priority", "name").id


def _resolution(context: _Context, value: Any) -> str:
    return _from(context.state.resolutions, value, "resolution", "name").id


def _select(context: _Context, value: Any) -> str:
    top = [option for option in context.field.options if option.parent is None]
    return _from(top, value, context.field.id).id


def _selects(context: _Context, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueRefusedError("data was not an array")
    return [_from(context.field.options, item, context.field.id).id for item in value]


def _cascading(context: _Context, value: Any) -> dict[str, str | None]:
    parent = _select(context, value)
    child = value.get("child")
    if child is None:
        return {"parent": parent, "child": None}
    below = [option for option in context.field.options if option.parent == parent]
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


# --- reading


def _show_user(view: View, issue: Issue, field: Field, value: Any) -> Any:
    return view.user(value)


def _show_users(view: View, issue: Issue, field: Field, value: Any) -> Any:
    return [view.user(item) for item in value]


def _show_priority(view: View, issue: Issue, field: Field, value: Any) -> Any:
    name = _named(view.state.priorities, value)
    icon = f"{view.base}/images/icons/priorities/{name.lower()}.svg"
    return {"self": f"{view.base}/rest/api/3/priority/{value}", "iconUrl": icon, "name": name, "id": value}


def _show_resolution(view: View, issue: Issue, field: Field, value: Any) -> Any:
    name = _named(view.state.resolutions, value)
    return {
        "self": f"{view.base}/rest/api/3/resolution/{value}",
        "id": value,
        "description": "",
        "name": name,
    }


def _option(view: View, field: Field, option_id: str) -> dict[str, Any]:
    url = f"{view.base}/rest/api/3/customFieldOption/{option_id}"
    return {"self": url, "value": _named(field.options, option_id), "id": option_id}


def _show_option(view: View, issue: Issue, field: Field, value: Any) -> Any:
    return _option(view, field, value)


def _show_options(view: View, issue: Issue, field: Field, value: Any) -> Any:
    return [_option(view, field, item) for item in value]


def _show_cascading(view: View, issue: Issue, field: Field, value: Any) -> Any:
    data = _option(view, field, value["parent"])
    if value["child"]:
        data["child"] = _option(view, field, value["child"])
    return data


def _show_components(view: View, issue: Issue, field: Field, value: Any) -> Any:
    names = {component.id: component.name for component in view.state.projects[issue.project].components}
    url = f"{view.base}/rest/api/3/component"
    return [{"self": f"{url}/{item}", "id": item, "name": names[item]} for item in value]


def _show_security(view: View, issue: Issue, field: Field, value: Any) -> Any:
    level = view.state.level(issue)
    url = f"{view.base}/rest/api/3/securitylevel/{value}"
    return {"self": url, "id": value, "description": "", "name": level.name if level else ""}


def _show_datetime(view: View, issue: Issue, field: Field, value: Any) -> Any:
    return view.time(value)


def _show_request_type(view: View, issue: Issue, field: Field, value: Any) -> Any:
    desk = view.state.desk_of(issue.project)
    if desk is None:
        return None
    kind = next(kind for kind in desk.request_types if kind.id == value)
    status = view.state.statuses[issue.status]
    request = f"{view.base}/rest/servicedeskapi/request/{issue.id}"
    changed = view.date_dto(issue.category_changed)
    return {
        "_links": {
            "self": request,
            "jiraRest": f"{view.base}/rest/api/2/issue/{issue.id}",
            "web": f"{view.base}/servicedesk/customer/portal/{desk.id}/{issue.key}",
        },
        "requestType": {
            "_expands": ["field"],
            "id": kind.id,
            "_links": {
                "self": f"{view.base}/rest/servicedeskapi/servicedesk/{desk.id}/requesttype/{kind.id}"
            },
            "name": kind.name,
            "description": kind.description,
            "helpText": "",
            "issueTypeId": kind.type_id,
            "serviceDeskId": desk.id,
            "portalId": desk.id,
            "groupIds": ["1"],
        },
        "currentStatus": {
            "status": status.name,
            "statusCategory": "NEW" if status.category == "new" else status.category.upper(),
            "statusDate": changed,
        },
    }


def _show_organizations(view: View, issue: Issue, field: Field, value: Any) -> Any:
    return [view.organization(view.state.organizations[item]) for item in value]


def _show_language(view: View, issue: Issue, field: Field, value: Any) -> Any:
    return {"languageCode": value, "displayName": value}


_SHOWERS: dict[str, Callable[[Any, Issue, Field, Any], Any]] = {
    "reporter": _show_user,
    "assignee": _show_user,
    "userpicker": _show_user,
    "multiuserpicker": _show_users,
    "sd-request-participants": _show_users,
    "priority": _show_priority,
    "resolution": _show_resolution,
    "select": _show_option,
    "radiobuttons": _show_option,
    "multiselect": _show_options,
    "multicheckboxes": _show_options,
    "cascadingselect": _show_cascading,
    "components": _show_components,
    "security": _show_security,
    "datetime": _show_datetime,
    "vp-origin": _show_request_type,
    "sd-customer-organizations": _show_organizations,
    "sd-request-lang": _show_language,
}
