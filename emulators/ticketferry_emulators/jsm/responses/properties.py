"""Entity properties of issues, comments, users and organizations."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ticketferry_emulators.jsm.exceptions import desk_refused, missing, refused
from ticketferry_emulators.jsm.models.properties import check_property
from ticketferry_emulators.jsm.models.records import JiraAccount
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.issues import find_issue
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]


def _put(store: dict[str, Any], call: Call) -> Answer:
    key = call.params["property"]
    if not call.body:
        raise refused(400, "The request body must be a valid JSON value.")
    value = call.json
    check_property(key, value)
    created = key not in store
    store[key] = value
    return Answer(201 if created else 200)


def _get(store: dict[str, Any], call: Call) -> Answer:
    key = call.params["property"]
    if key not in store:
        raise missing(f"The property with key {key} does not exist.")
    return Answer(200, {"key": key, "value": store[key]})


def _delete(store: dict[str, Any], call: Call) -> Answer:
    if call.params["property"] not in store:
        raise missing(f"The property with key {call.params['property']} does not exist.")
    del store[call.params["property"]]
    return Answer(204)


def _keys(store: dict[str, Any], url: str) -> Answer:
    keys = [{"self": f"{url}/{quote(key, safe='')}", "key": key} for key in store]
    return Answer(200, {"keys": keys})


# --- issues


def _issue_store(state: SiteState, call: Call) -> dict[str, Any]:
    return find_issue(state, call).properties


def issue_keys(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/properties."""
    return _keys(_issue_store(state, call), f"{state.base_url}{call.path}")


def issue_get(state: SiteState, call: Call) -> Answer:
    """GET /issue/{key}/properties/{property}."""
    return _get(_issue_store(state, call), call)


def issue_put(state: SiteState, call: Call) -> Answer:
    """PUT /issue/{key}/properties/{property}: 201 when new, else 200; the issue's `updated` does not move."""
    return _put(_issue_store(state, call), call)


def issue_delete(state: SiteState, call: Call) -> Answer:
    """DELETE /issue/{key}/properties/{property}."""
    return _delete(_issue_store(state, call), call)


# --- comments


def _comment_store(state: SiteState, call: Call) -> dict[str, Any]:
    found = state.comment(call.params["comment"])
    if found is None:
        raise missing(f"Can not find a comment for the id: {call.params['comment']}.")
    return found[1].properties


def comment_keys(state: SiteState, call: Call) -> Answer:
    """GET /comment/{comment}/properties."""
    return _keys(_comment_store(state, call), f"{state.base_url}{call.path}")


def comment_get(state: SiteState, call: Call) -> Answer:
    """GET /comment/{comment}/properties/{property}."""
    return _get(_comment_store(state, call), call)


def comment_put(state: SiteState, call: Call) -> Answer:
    """PUT /comment/{comment}/properties/{property}; sd.public.comment changes who sees the comment."""
    answer = _put(_comment_store(state, call), call)
    _reveal(state, call.params["comment"])
    return answer


def comment_delete(state: SiteState, call: Call) -> Answer:
    """DELETE /comment/{comment}/properties/{property}."""
    answer = _delete(_comment_store(state, call), call)
    _reveal(state, call.params["comment"])
    return answer


def _reveal(state: SiteState, comment_id: str) -> None:
    found = state.comment(comment_id)
    if found is not None:
        state.reveal_comment(*found)


# --- users


def _user(state: SiteState, call: Call) -> JiraAccount:
    account = state.accounts.get(call.query.get("accountId") or "")
    if account is None:
        raise missing("The user does not exist.")
    return account


def user_keys(state: SiteState, call: Call) -> Answer:
    """GET /user/properties?accountId=."""
    return _keys(_user(state, call).properties, f"{state.base_url}{call.path}")


def user_get(state: SiteState, call: Call) -> Answer:
    """GET /user/properties/{property}?accountId=."""
    return _get(_user(state, call).properties, call)


def user_put(state: SiteState, call: Call) -> Answer:
    """PUT /user/properties/{property}?accountId=."""
    return _put(_user(state, call).properties, call)


def user_delete(state: SiteState, call: Call) -> Answer:
    """DELETE /user/properties/{property}?accountId=."""
    return _delete(_user(state, call).properties, call)


# --- organizations (service desk API, its own error form)


def _organization_store(state: SiteState, call: Call) -> dict[str, Any]:
    organization = state.organizations.get(call.params["organization"])
    if organization is None:
        raise desk_refused(404, "The organization was not found.", "sd.organization.error.not.found")
    return organization.properties


def organization_keys(state: SiteState, call: Call) -> Answer:
    """GET /organization/{organization}/property."""
    return _keys(_organization_store(state, call), f"{state.base_url}{call.path}")


def organization_get(state: SiteState, call: Call) -> Answer:
    """GET /organization/{organization}/property/{property}."""
    store = _organization_store(state, call)
    if call.params["property"] not in store:
        raise desk_refused(404, "The property was not found.", "sd.property.not.found")
    return _get(store, call)


def organization_put(state: SiteState, call: Call) -> Answer:
    """PUT /organization/{organization}/property/{property}."""
    return _put(_organization_store(state, call), call)


def organization_delete(state: SiteState, call: Call) -> Answer:
    """DELETE /organization/{organization}/property/{property}."""
    store = _organization_store(state, call)
    if call.params["property"] not in store:
        raise desk_refused(404, "The property was not found.", "sd.property.not.found")
    return _delete(store, call)


_PLACES = (
    ("/rest/api/3/issue/{key}/properties", "issue", (issue_keys, issue_get, issue_put, issue_delete)),
    (
        "/rest/api/3/comment/{comment}/properties",
        "comment",
        (comment_keys, comment_get, comment_put, comment_delete),
    ),
    ("/rest/api/3/user/properties", "user", (user_keys, user_get, user_put, user_delete)),
    (
        "/rest/servicedeskapi/organization/{organization}/property",
        "organization",
        (organization_keys, organization_get, organization_put, organization_delete),
    ),
)
ROUTES = [
    route
    for path, group, (keys, get, put, delete) in _PLACES
    for route in (
        Route("GET", path, keys, f"{group}_property.list", group),
        Route("GET", f"{path}/{{property}}", get, f"{group}_property.get", group),
        Route("PUT", f"{path}/{{property}}", put, f"{group}_property.put", group, write=True),
        Route("DELETE", f"{path}/{{property}}", delete, f"{group}_property.delete", group, write=True),
    )
]
