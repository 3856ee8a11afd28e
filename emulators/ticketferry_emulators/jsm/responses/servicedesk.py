"""Service desks: request types, customers, organizations."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from ticketferry_emulators.jsm.exceptions import desk_refused
from ticketferry_emulators.jsm.models import mail
from ticketferry_emulators.jsm.models.fields import schema
from ticketferry_emulators.jsm.models.records import Account, Desk, Field, Organization, RequestType
from ticketferry_emulators.jsm.responses.paging import desk_page
from ticketferry_emulators.kit.app import Answer, Call, Route

if TYPE_CHECKING:
    from ticketferry_emulators.jsm.app import JsmEmulator

__all__ = ["ROUTES", "accounts_of", "opted_in"]

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _desk(e: JsmEmulator, call: Call) -> Desk:
    desk = e.state.desk(call.params["desk"])
    if desk is None:
        raise desk_refused(
            404, "The service desk was not found.", "sd.project.not.found", call.params["desk"]
        )
    return desk


def opted_in(call: Call) -> None:
    """Refuse an experimental call without its header: 412."""
    if call.headers.get("x-experimentalapi", "").lower() != "opt-in":
        raise desk_refused(
            412,
            "This API is experimental. Experimental APIs are not guaranteed to be stable; set the header "
            "'X-ExperimentalApi: opt-in' to opt into using it.",
            "sd.api.experimental",
        )


def accounts_of(e: JsmEmulator, call: Call) -> list[str]:
    """Return the valid account ids of the body; 400 for one that does not exist."""
    body = call.json if isinstance(call.json, dict) else {}
    ids = body.get("accountIds")
    if not isinstance(ids, list) or not ids:
        raise desk_refused(400, "The accountIds must be provided.", "sd.validation.accountids")
    for account_id in ids:
        if not isinstance(account_id, str) or account_id not in e.state.accounts:
            raise desk_refused(
                400, f"No user was found for '{account_id}'.", "sd.user.not.found", str(account_id)
            )
    return list(dict.fromkeys(ids))


# --- desks and request types


def _show_desk(e: JsmEmulator, desk: Desk) -> dict[str, Any]:
    project = e.state.projects[desk.project]
    return {
        "id": desk.id,
        "projectId": project.id,
        "projectName": project.name,
        "projectKey": project.key,
        "projectTypeKey": "service_desk",
        "_links": {"self": f"{e.base_url}/rest/servicedeskapi/servicedesk/{desk.id}"},
    }


def desks(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk."""
    return desk_page(e, call, [_show_desk(e, desk) for desk in e.state.desks.values()])


def desk(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk/{desk}."""
    return Answer(200, _show_desk(e, _desk(e, call)))


def _show_type(e: JsmEmulator, desk: Desk, kind: RequestType) -> dict[str, Any]:
    return {
        "_expands": ["field"],
        "id": kind.id,
        "_links": {"self": f"{e.base_url}/rest/servicedeskapi/servicedesk/{desk.id}/requesttype/{kind.id}"},
        "name": kind.name,
        "description": kind.description,
        "helpText": "",
        "issueTypeId": kind.type_id,
        "serviceDeskId": desk.id,
        "portalId": desk.id,
        "groupIds": ["1"],
        "icon": {"id": "10526", "_links": {"iconUrls": {}}},
    }


def request_types(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk/{desk}/requesttype."""
    found = _desk(e, call)
    return desk_page(e, call, [_show_type(e, found, kind) for kind in found.request_types])


def _type(e: JsmEmulator, call: Call) -> tuple[Desk, RequestType]:
    found = _desk(e, call)
    for kind in found.request_types:
        if kind.id == call.params["type"]:
            return found, kind
    raise desk_refused(
        404, "The request type was not found.", "sd.request.type.not.found", call.params["type"]
    )


def request_type(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk/{desk}/requesttype/{type}."""
    return Answer(200, _show_type(e, *_type(e, call)))


def request_fields(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk/{desk}/requesttype/{type}/field."""
    _, kind = _type(e, call)
    rows = [_request_field(e.state.fields[name]) for name in kind.fields]
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


def customers(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk/{desk}/customer?query=: experimental; matches name and e-mail by their beginning."""
    opted_in(call)
    text = (call.query.get("query") or "").lower()
    view = e.view(call)
    rows = [
        view.user_dto(account_id)
        for account_id in _desk(e, call).customers
        if e.state.accounts[account_id].name.lower().startswith(text)
        or e.state.accounts[account_id].email.lower().startswith(text)
    ]
    return desk_page(e, call, rows)


def add_customers(e: JsmEmulator, call: Call) -> Answer:
    """POST /servicedesk/{desk}/customer: who is there already stays there once."""
    found = _desk(e, call)
    found.customers.extend(a for a in accounts_of(e, call) if a not in found.customers)
    return Answer(204)


def remove_customers(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /servicedesk/{desk}/customer: experimental; a customer that is not there is no error."""
    opted_in(call)
    found, gone = _desk(e, call), set(accounts_of(e, call))
    found.customers = [account_id for account_id in found.customers if account_id not in gone]
    return Answer(204)


def create_customer(e: JsmEmulator, call: Call) -> Answer:
    """POST /customer: a portal account, invited by mail; an e-mail in use is 409 with the strict flag, else 400."""
    body = call.json if isinstance(call.json, dict) else {}
    email, name = body.get("email"), body.get("displayName") or body.get("fullName")
    if not isinstance(email, str) or not _EMAIL.fullmatch(email):
        raise desk_refused(400, "The email address is not valid.", "sd.customer.invalid.email", str(email))
    if not e.state.portal_customers_allowed:
        text = "This site only allows customer accounts in Customer Service Management."
        raise desk_refused(400, text, "sd.customer.csm.only")
    if any(account.email.lower() == email.lower() for account in e.state.accounts.values()):
        status = 409 if call.query.get("strictConflictStatusCode") == "true" else 400
        text = "An account already exists for this email address."
        raise desk_refused(status, text, "sd.customer.already.exists", email)
    number = e.state.next_id("customer", 1)
    site = uuid.uuid5(uuid.NAMESPACE_URL, "site")
    account = Account(
        id=f"qm:{site}:{uuid.uuid5(uuid.NAMESPACE_URL, f'customer:{number}')}",
        name=str(name or email),
        email=email,
        kind="customer",
    )
    e.state.accounts[account.id] = account
    mail.invite(e.state, email)
    return Answer(201, e.view(call).user_dto(account.id))


# --- organizations


def _organization(e: JsmEmulator, organization_id: Any) -> Organization:
    organization = e.state.organizations.get(str(organization_id))
    if organization is None:
        raise desk_refused(404, "The organization was not found.", "sd.organization.error.not.found")
    return organization


def organizations(e: JsmEmulator, call: Call) -> Answer:
    """GET /organization: all, or those of `accountId`."""
    wanted = call.query.get("accountId")
    view = e.view(call)
    rows = [
        view.organization(organization)
        for organization in e.state.organizations.values()
        if wanted is None or wanted in organization.members
    ]
    return desk_page(e, call, rows)


def same_name(one: str, other: str) -> bool:
    """Tell whether two names of organizations are one: letters of either case, blanks and Unicode forms aside."""
    names = {" ".join(normalize("NFKC", name).split()).casefold() for name in (one, other)}
    return len(names) == 1


def create_organization(e: JsmEmulator, call: Call) -> Answer:
    """POST /organization: a name in use gives the organization that has it [field notes].

    Whether case and inner blanks count is not documented: they do not here, so that nobody relies on it.
    """
    body = call.json if isinstance(call.json, dict) else {}
    name = body.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        raise desk_refused(400, "The organization name is not valid.", "sd.organization.error.name")
    name = name.strip()
    view = e.view(call)
    for organization in e.state.organizations.values():
        if same_name(organization.name, name):
            return Answer(201, view.organization(organization), committed=False)
    number = e.state.next_id("organization", 1)
    organization = Organization(
        number, str(uuid.uuid5(uuid.NAMESPACE_URL, f"organization:{number}")), name, e.state.now()
    )
    e.state.organizations[number] = organization
    return Answer(201, view.organization(organization))


def organization(e: JsmEmulator, call: Call) -> Answer:
    """GET /organization/{organization}."""
    return Answer(200, e.view(call).organization(_organization(e, call.params["organization"])))


def delete_organization(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /organization/{organization}: gone from desks and requests too."""
    found = _organization(e, call.params["organization"])
    for desk in e.state.desks.values():
        if found.id in desk.organizations:
            desk.organizations.remove(found.id)
    known = e.state.field_of_type("sd-customer-organizations")
    for issue in e.state.issues.values():
        value = issue.values.get(known.id) if known else None
        if known and value and found.id in value:
            issue.values[known.id] = [item for item in value if item != found.id]
            e.state.reveal(issue)
    del e.state.organizations[found.id]
    return Answer(204)


def members(e: JsmEmulator, call: Call) -> Answer:
    """GET /organization/{organization}/user."""
    view = e.view(call)
    found = _organization(e, call.params["organization"])
    return desk_page(e, call, [view.user_dto(account_id) for account_id in found.members])


def add_members(e: JsmEmulator, call: Call) -> Answer:
    """POST /organization/{organization}/user: they see the organization's requests from now on."""
    found = _organization(e, call.params["organization"])
    found.members.extend(a for a in accounts_of(e, call) if a not in found.members)
    e.state.reveal_organization(found.id)
    return Answer(204)


def remove_members(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /organization/{organization}/user."""
    found, gone = _organization(e, call.params["organization"]), set(accounts_of(e, call))
    found.members = [account_id for account_id in found.members if account_id not in gone]
    e.state.reveal_organization(found.id)
    return Answer(204)


def desk_organizations(e: JsmEmulator, call: Call) -> Answer:
    """GET /servicedesk/{desk}/organization."""
    view = e.view(call)
    found = _desk(e, call)
    return desk_page(e, call, [view.organization(e.state.organizations[o]) for o in found.organizations])


def _named(e: JsmEmulator, call: Call) -> Organization:
    body = call.json if isinstance(call.json, dict) else {}
    number = body.get("organizationId")
    if isinstance(number, bool) or not isinstance(number, int):
        raise desk_refused(400, "The organizationId must be a number.", "sd.organization.error.id")
    return _organization(e, number)


def add_desk_organization(e: JsmEmulator, call: Call) -> Answer:
    """POST /servicedesk/{desk}/organization."""
    found, organization = _desk(e, call), _named(e, call)
    if organization.id not in found.organizations:
        found.organizations.append(organization.id)
    return Answer(204)


def remove_desk_organization(e: JsmEmulator, call: Call) -> Answer:
    """DELETE /servicedesk/{desk}/organization: no error where it was not associated."""
    found, organization = _desk(e, call), _named(e, call)
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
