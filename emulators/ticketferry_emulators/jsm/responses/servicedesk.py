"""Service desks: request types, customers, organizations."""

from __future__ import annotations

import re
import uuid
from typing import Any
from unicodedata import normalize

from ticketferry_emulators.jsm.exceptions import desk_refused, opted_in
from ticketferry_emulators.jsm.models import mail
from ticketferry_emulators.jsm.models.fields import schema
from ticketferry_emulators.jsm.models.records import (
    Field,
    JiraAccount,
    JiraOrganization,
    RequestType,
    ServiceDesk,
)
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.paging import desk_page
from ticketferry_emulators.jsm.responses.wire import View
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES", "accounts_of"]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _desk(state: SiteState, call: Call) -> ServiceDesk:
    desk = state.desk(call.params["desk"])
    if desk is None:
        raise desk_refused(
            404, "The service desk was not found.", "sd.project.not.found", call.params["desk"]
        )
    return desk


def accounts_of(state: SiteState, call: Call) -> list[str]:
    """Return the valid account ids of the body; 400 for one that does not exist."""
    body = call.json if isinstance(call.json, dict) else {}
    ids = body.get("accountIds")
    if not isinstance(ids, list) or not ids:
        raise desk_refused(400, "The accountIds must be provided.", "sd.validation.accountids")
    for account_id in ids:
        if not isinstance(account_id, str) or account_id not in state.accounts:
            raise desk_refused(
                400, f"No user was found for '{account_id}'.", "sd.user.not.found", str(account_id)
            )
    return list(dict.fromkeys(ids))


# --- desks and request types


def _show_desk(state: SiteState, desk: ServiceDesk) -> dict[str, Any]:
    project = state.projects[desk.project]
    return {
        "id": desk.id,
        "projectId": project.id,
        "projectName": project.name,
        "projectKey": project.key,
        "projectTypeKey": "service_desk",
        "_links": {"self": f"{state.base_url}/rest/servicedeskapi/servicedesk/{desk.id}"},
    }


def desks(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk."""
    return desk_page(state, call, [_show_desk(state, desk) for desk in state.desks.values()])


def desk(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk/{desk}."""
    return Answer(200, _show_desk(state, _desk(state, call)))


def _show_type(state: SiteState, desk: ServiceDesk, kind: RequestType) -> dict[str, Any]:
    return {
        "_expands": ["field"],
        "id": kind.id,
        "_links": {
            "self": f"{state.base_url}/rest/servicedeskapi/servicedesk/{desk.id}/requesttype/{kind.id}"
        },
        "name": kind.name,
        "description": kind.description,
        "helpText": "",
        "issueTypeId": kind.type_id,
        "serviceDeskId": desk.id,
        "portalId": desk.id,
        "groupIds": ["1"],
        "icon": {"id": "10526", "_links": {"iconUrls": {}}},
    }


def request_types(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk/{desk}/requesttype."""
    found = _desk(state, call)
    return desk_page(state, call, [_show_type(state, found, kind) for kind in found.request_types])


def _type(state: SiteState, call: Call) -> tuple[ServiceDesk, RequestType]:
    found = _desk(state, call)
    for kind in found.request_types:
        if kind.id == call.params["type"]:
            return found, kind
    raise desk_refused(
        404, "The request type was not found.", "sd.request.type.not.found", call.params["type"]
    )


def request_type(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk/{desk}/requesttype/{type}."""
    return Answer(200, _show_type(state, *_type(state, call)))


def request_fields(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk/{desk}/requesttype/{type}/field."""
    _, kind = _type(state, call)
    rows = [_request_field(state.fields[name]) for name in kind.fields]
    body = {"requestTypeFields": rows, "canRaiseOnBehalfOf": True, "canAddRequestParticipants": True}
    return Answer(200, body)


def _request_field(known: Field) -> dict[str, Any]:
    valid = [
        {
            "value": option.id,
            "label": option.value,
            "children": [
                {"value": child.id, "label": child.value, "children": []}
                for child in known.options
                if child.parent == option.id
            ],
        }
        for option in known.options
        if option.parent is None and not option.disabled
    ]
    return {
        "fieldId": known.id,
        "name": known.name,
        "description": "",
        "required": known.id == "summary",
        "defaultValues": [],
        "validValues": valid,
        "presetValues": [],
        "jiraSchema": schema(known),
        "visible": True,
    }


# --- customers


def customers(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk/{desk}/customer?query=: experimental; matches name and e-mail by their beginning."""
    opted_in(call)
    text = (call.query.get("query") or "").lower()
    view = View.of(state, call)
    rows = [
        view.user_dto(account_id)
        for account_id in _desk(state, call).customers
        if state.accounts[account_id].name.lower().startswith(text)
        or state.accounts[account_id].email.lower().startswith(text)
    ]
    return desk_page(state, call, rows)


def add_customers(state: SiteState, call: Call) -> Answer:
    """POST /servicedesk/{desk}/customer: who is there already stays there once."""
    found = _desk(state, call)
    found.customers.extend(a for a in accounts_of(state, call) if a not in found.customers)
    return Answer(204)


def remove_customers(state: SiteState, call: Call) -> Answer:
    """DELETE /servicedesk/{desk}/customer: experimental; a customer that is not there is no error."""
    opted_in(call)
    found, gone = _desk(state, call), set(accounts_of(state, call))
    found.customers = [account_id for account_id in found.customers if account_id not in gone]
    return Answer(204)


def create_customer(state: SiteState, call: Call) -> Answer:
    """POST /customer: a portal account, invited by mail; an e-mail in use is 409 with the strict flag, else 400."""
    body = call.json if isinstance(call.json, dict) else {}
    email, name = body.get("email"), body.get("displayName") or body.get("fullName")
    if not isinstance(email, str) or not _EMAIL.fullmatch(email):
        raise desk_refused(400, "The email address is not valid.", "sd.customer.invalid.email", str(email))
    if not state.portal_customers_allowed:
        text = "This site only allows customer accounts in Customer Service Management."
        raise desk_refused(400, text, "sd.customer.csm.only")
    if any(account.email.lower() == email.lower() for account in state.accounts.values()):
        status = 409 if call.query.get("strictConflictStatusCode") == "true" else 400
        text = "An account already exists for this email address."
        raise desk_refused(status, text, "sd.customer.already.exists", email)
    number = state.next_id("customer", 1)
    site = uuid.uuid5(uuid.NAMESPACE_URL, "site")
    account = JiraAccount(
        id=f"qm:{site}:{uuid.uuid5(uuid.NAMESPACE_URL, f'customer:{number}')}",
        name=str(name or email),
        email=email,
        kind="customer",
    )
    state.accounts[account.id] = account
    mail.invite(state, email)
    return Answer(201, View.of(state, call).user_dto(account.id))


# --- organizations


def _organization(state: SiteState, organization_id: Any) -> JiraOrganization:
    organization = state.organizations.get(str(organization_id))
    if organization is None:
        raise desk_refused(404, "The organization was not found.", "sd.organization.error.not.found")
    return organization


def organizations(state: SiteState, call: Call) -> Answer:
    """GET /organization: all, or those of `accountId`."""
    wanted = call.query.get("accountId")
    view = View.of(state, call)
    rows = [
        view.organization(organization)
        for organization in state.organizations.values()
        if wanted is None or wanted in organization.members
    ]
    return desk_page(state, call, rows)


def same_name(one: str, other: str) -> bool:
    """Tell whether two names of organizations are one: letters of either case, blanks and Unicode forms aside."""
    names = {" ".join(normalize("NFKC", name).split()).casefold() for name in (one, other)}
    return len(names) == 1


def create_organization(state: SiteState, call: Call) -> Answer:
    """POST /organization: a name in use gives the organization that has it [field notes].

    Whether case and inner blanks count is not documented: they do not here, so that nobody relies on it.
    """
    body = call.json if isinstance(call.json, dict) else {}
    name = body.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        raise desk_refused(400, "The organization name is not valid.", "sd.organization.error.name")
    name = name.strip()
    view = View.of(state, call)
    for organization in state.organizations.values():
        if same_name(organization.name, name):
            return Answer(201, view.organization(organization), committed=False)
    number = state.next_id("organization", 1)
    organization = JiraOrganization(
        number, str(uuid.uuid5(uuid.NAMESPACE_URL, f"organization:{number}")), name, state.now()
    )
    state.organizations[number] = organization
    return Answer(201, view.organization(organization))


def organization(state: SiteState, call: Call) -> Answer:
    """GET /organization/{organization}."""
    return Answer(200, View.of(state, call).organization(_organization(state, call.params["organization"])))


def delete_organization(state: SiteState, call: Call) -> Answer:
    """DELETE /organization/{organization}: gone from desks and requests too."""
    found = _organization(state, call.params["organization"])
    for desk in state.desks.values():
        if found.id in desk.organizations:
            desk.organizations.remove(found.id)
    known = state.field_of_type("sd-customer-organizations")
    for issue in state.issues.values():
        value = issue.values.get(known.id) if known else None
        if known and value and found.id in value:
            issue.values[known.id] = [item for item in value if item != found.id]
            state.reveal(issue)
    del state.organizations[found.id]
    return Answer(204)


def members(state: SiteState, call: Call) -> Answer:
    """GET /organization/{organization}/user."""
    view = View.of(state, call)
    found = _organization(state, call.params["organization"])
    return desk_page(state, call, [view.user_dto(account_id) for account_id in found.members])


def add_members(state: SiteState, call: Call) -> Answer:
    """POST /organization/{organization}/user: they see the organization's requests from now on."""
    found = _organization(state, call.params["organization"])
    found.members.extend(a for a in accounts_of(state, call) if a not in found.members)
    state.reveal_organization(found.id)
    return Answer(204)


def remove_members(state: SiteState, call: Call) -> Answer:
    """DELETE /organization/{organization}/user."""
    found, gone = _organization(state, call.params["organization"]), set(accounts_of(state, call))
    found.members = [account_id for account_id in found.members if account_id not in gone]
    state.reveal_organization(found.id)
    return Answer(204)


def desk_organizations(state: SiteState, call: Call) -> Answer:
    """GET /servicedesk/{desk}/organization."""
    view = View.of(state, call)
    found = _desk(state, call)
    return desk_page(state, call, [view.organization(state.organizations[o]) for o in found.organizations])


def _named(state: SiteState, call: Call) -> JiraOrganization:
    body = call.json if isinstance(call.json, dict) else {}
    number = body.get("organizationId")
    if isinstance(number, bool) or not isinstance(number, int):
        raise desk_refused(400, "The organizationId must be a number.", "sd.organization.error.id")
    return _organization(state, number)


def add_desk_organization(state: SiteState, call: Call) -> Answer:
    """POST /servicedesk/{desk}/organization."""
    found, organization = _desk(state, call), _named(state, call)
    if organization.id not in found.organizations:
        found.organizations.append(organization.id)
    return Answer(204)


def remove_desk_organization(state: SiteState, call: Call) -> Answer:
    """DELETE /servicedesk/{desk}/organization: no error where it was not associated."""
    found, organization = _desk(state, call), _named(state, call)
    if organization.id in found.organizations:
        found.organizations.remove(organization.id)
    return Answer(204)


_API = "/rest/servicedeskapi"
_ONE = f"{_API}/servicedesk/{{desk}}"
_ORG = f"{_API}/organization"
ROUTES = [
    Route("GET", f"{_API}/servicedesk", desks, "desk.list", "desk"),
    Route("GET", _ONE, desk, "desk.get", "desk"),
    Route("GET", f"{_ONE}/requesttype", request_types, "request_type.list", "desk"),
    Route("GET", f"{_ONE}/requesttype/{{type}}", request_type, "request_type.get", "desk"),
    Route("GET", f"{_ONE}/requesttype/{{type}}/field", request_fields, "request_type.fields", "desk"),
    Route("GET", f"{_ONE}/customer", customers, "desk_customer.list", "desk_customer"),
    Route("POST", f"{_ONE}/customer", add_customers, "desk_customer.add", "desk", write=True),
    Route("DELETE", f"{_ONE}/customer", remove_customers, "desk_customer.remove", "desk", write=True),
    Route("POST", f"{_API}/customer", create_customer, "customer.create", "customer", write=True),
    Route("GET", _ORG, organizations, "organization.list", "organization"),
    Route("POST", _ORG, create_organization, "organization.create", "organization", write=True),
    Route("GET", f"{_ORG}/{{organization}}", organization, "organization.get", "organization"),
    Route(
        "DELETE",
        f"{_ORG}/{{organization}}",
        delete_organization,
        "organization.delete",
        "organization",
        write=True,
    ),
    Route("GET", f"{_ORG}/{{organization}}/user", members, "organization_user.list", "organization"),
    Route(
        "POST",
        f"{_ORG}/{{organization}}/user",
        add_members,
        "organization_user.add",
        "organization",
        write=True,
    ),
    Route(
        "DELETE",
        f"{_ORG}/{{organization}}/user",
        remove_members,
        "organization_user.remove",
        "organization",
        write=True,
    ),
    Route("GET", f"{_ONE}/organization", desk_organizations, "desk_organization.list", "desk"),
    Route("POST", f"{_ONE}/organization", add_desk_organization, "desk_organization.add", "desk", write=True),
    Route(
        "DELETE",
        f"{_ONE}/organization",
        remove_desk_organization,
        "desk_organization.remove",
        "desk",
        write=True,
    ),
]
