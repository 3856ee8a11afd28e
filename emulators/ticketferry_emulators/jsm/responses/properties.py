"""Entity properties of issues, comments, users and organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from ticketferry_emulators.jsm.exceptions import desk_refused, missing, refused
from ticketferry_emulators.jsm.models.records import Account
from ticketferry_emulators.kit.app import Answer, Call, Route

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.app import JsmEmulator

__all__ = ["ROUTES", "check_properties", "check_property"]


def check_property(key: Any, value: Any) -> None:
    """Refuse a key over 255 characters or a value over 32,768 characters of JSON [DOC entity properties]."""
    if not isinstance(key, str) or not key or len(key) > 255:
        raise refused(400, "The property key must be between 1 and 255 characters long.")
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        raise refused(400, f"The value of the property {key} is not valid.") from None
    if len(text) > 32768:
        raise refused(400, f"The value of the property {key} is too long: the limit is 32768 characters.")


def check_properties(properties: Any) -> dict[str, Any]:
    """Return the properties that a create or edit brings."""
    if properties is None:
        return {}
    if not isinstance(properties, list) or any(not isinstance(item, dict) for item in properties):
        raise refused(400, errors={"properties": "Operation value must be an array of properties"})
    for item in properties:
        check_property(item.get("key"), item.get("value"))
    return {item["key"]: item.get("value") for item in properties}


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


def _issue_store(e: JsmEmulator, call: Call) -> dict[str, Any]:
    from ticketferry_emulators.jsm.responses.issues import find_issue

    return find_issue(e, call).properties


def issue_keys(e: JsmEmulator, call: Call) -> Answer:
    """GET /issue/{key}/properties."""
    return _keys(_issue_store(e, call), f"{e.base_url}{call.path}")


def issue_get(e: JsmEmulator, call: Call) -> Answer:
    """GET /issue/{key}/properties/{property}."""
    return _get(_issue_store(e, call), call)


def issue_put(e: JsmEmulator, call: Call) -> Answer:
    """PUT /issue/{key}/properties/{property}: 201 when new, else 200; the issue's `updated` does not move."""
    return _put(_issue_store(e, call), call)


def issue_delete(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /issue/{key}/properties/{property}."""
    return _delete(_issue_store(e, call), call)


# --- comments


def _comment_store(e: JsmEmulator, call: Call) -> dict[str, Any]:
    found = e.state.comment(call.params["comment"])
    if found is None:
        raise missing(f"Can not find a comment for the id: {call.params['comment']}.")
    return found[1].properties


def comment_keys(e: JsmEmulator, call: Call) -> Answer:
    """GET /comment/{comment}/properties."""
    return _keys(_comment_store(e, call), f"{e.base_url}{call.path}")


def comment_get(e: JsmEmulator, call: Call) -> Answer:
    """GET /comment/{comment}/properties/{property}."""
    return _get(_comment_store(e, call), call)


def comment_put(e: JsmEmulator, call: Call) -> Answer:
    """PUT /comment/{comment}/properties/{property}; sd.public.comment changes who sees the comment."""
    answer = _put(_comment_store(e, call), call)
    _reveal(e, call.params["comment"])
    return answer


def comment_delete(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /comment/{comment}/properties/{property}."""
    answer = _delete(_comment_store(e, call), call)
    _reveal(e, call.params["comment"])
    return answer


def _reveal(e: JsmEmulator, comment_id: str) -> None:
    found = e.state.comment(comment_id)
    if found is not None:
        e.state.reveal_comment(*found)


# --- users


def _user(e: JsmEmulator, call: Call) -> Account:
    account = e.state.accounts.get(call.query.get("accountId") or "")
    if account is None:
        raise missing("The user does not exist.")
    return account


def user_keys(e: JsmEmulator, call: Call) -> Answer:
    """GET /user/properties?accountId=."""
    return _keys(_user(e, call).properties, f"{e.base_url}{call.path}")


def user_get(e: JsmEmulator, call: Call) -> Answer:
    """GET /user/properties/{property}?accountId=."""
    return _get(_user(e, call).properties, call)


def user_put(e: JsmEmulator, call: Call) -> Answer:
    """PUT /user/properties/{property}?accountId=."""
    return _put(_user(e, call).properties, call)


def user_delete(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /user/properties/{property}?accountId=."""
    return _delete(_user(e, call).properties, call)


# --- organizations (service desk API, its own error form)


def _organization_store(e: JsmEmulator, call: Call) -> dict[str, Any]:
    organization = e.state.organizations.get(call.params["organization"])
    if organization is None:
        raise desk_refused(404, "The organization was not found.", "sd.organization.error.not.found")
    return organization.properties


def organization_keys(e: JsmEmulator, call: Call) -> Answer:
    """GET /organization/{organization}/property."""
    return _keys(_organization_store(e, call), f"{e.base_url}{call.path}")


def organization_get(e: JsmEmulator, call: Call) -> Answer:
    """GET /organization/{organization}/property/{property}."""
    store = _organization_store(e, call)
    if call.params["property"] not in store:
        raise desk_refused(404, "The property was not found.", "sd.property.not.found")
    return _get(store, call)


def organization_put(e: JsmEmulator, call: Call) -> Answer:
    """PUT /organization/{organization}/property/{property}."""
    return _put(_organization_store(e, call), call)


def organization_delete(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /organization/{organization}/property/{property}."""
    store = _organization_store(e, call)
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
