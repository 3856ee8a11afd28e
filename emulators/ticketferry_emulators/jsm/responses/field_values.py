"""Field types: how the stored value of each is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ticketferry_emulators.jsm.models.fields import named
from ticketferry_emulators.jsm.models.records import Field, Issue
from ticketferry_emulators.jsm.responses.request_facts import approvals_of, sla_of
from ticketferry_emulators.jsm.responses.viewer import Viewer

__all__ = ["show_value"]


def show_value(view: Viewer, issue: Issue, field: Field) -> Any:
    """Return the read form of a stored value."""
    value = issue.values.get(field.id)
    kind = field.custom.rpartition(":")[2] or field.id
    if kind in _COMPUTED:
        return _COMPUTED[kind](view, issue, field)
    if value is None:
        return [] if kind in ("labels", "components") and not field.custom else None
    shower = _SHOWERS.get(kind)
    return value if shower is None else shower(view, issue, field, value)


def _show_user(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    return view.user(value)


def _show_users(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    return [view.user(item) for item in value]


def _show_priority(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    name = named(view.state.priorities, value)
    icon = f"{view.base}/images/icons/priorities/{name.lower()}.svg"
    return {"self": f"{view.base}/rest/api/3/priority/{value}", "iconUrl": icon, "name": name, "id": value}


def _show_resolution(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    name = named(view.state.resolutions, value)
    return {
        "self": f"{view.base}/rest/api/3/resolution/{value}",
        "id": value,
        "description": "",
        "name": name,
    }


def _option(view: Viewer, field: Field, option_id: str) -> dict[str, Any]:
    url = f"{view.base}/rest/api/3/customFieldOption/{option_id}"
    return {"self": url, "value": named(field.options, option_id), "id": option_id}


def _show_option(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    return _option(view, field, value)


def _show_options(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    return [_option(view, field, item) for item in value]


def _show_cascading(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    data = _option(view, field, value["parent"])
    if value["child"]:
        data["child"] = _option(view, field, value["child"])
    return data


def _show_components(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    names = {component.id: component.name for component in view.state.projects[issue.project].components}
    url = f"{view.base}/rest/api/3/component"
    return [{"self": f"{url}/{item}", "id": item, "name": names[item]} for item in value]


def _show_security(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    level = view.state.level(issue)
    url = f"{view.base}/rest/api/3/securitylevel/{value}"
    return {"self": url, "id": value, "description": "", "name": level.name if level else ""}


def _show_datetime(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    return view.time(value)


def _show_request_type(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
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


def _show_organizations(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    return [view.organization(view.state.organizations[item]) for item in value]


def _show_language(view: Viewer, issue: Issue, field: Field, value: Any) -> Any:
    return {"languageCode": value, "displayName": value}


def _show_rating(view: Viewer, issue: Issue, field: Field) -> Any:
    return {"rating": issue.feedback["rating"]} if issue.feedback else None


def _show_approvals(view: Viewer, issue: Issue, field: Field) -> Any:
    return approvals_of(view, issue) or None


def _show_sla(view: Viewer, issue: Issue, field: Field) -> Any:
    return sla_of(view, issue, field.name)


_COMPUTED: dict[str, Callable[[Any, Issue, Field], Any]] = {
    "sd-sla-field": _show_sla,
    "sd-request-feedback": _show_rating,
    "sd-approvals": _show_approvals,
}
"""Fields that nobody writes: the desk computes them."""

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
