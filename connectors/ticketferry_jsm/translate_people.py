"""Accounts, organizations and memberships of a site as neutral records. Pure."""

from collections.abc import Mapping
from typing import Any

from ticketferry.sdk import Kind, Record, Ref, Translated, Wire, derived

from .site_index import JiraCatalogIndex
from .tracing import ADDRESS, STRAY
from .wire import account_kind, person_id

__all__ = ["translate_membership", "translate_organization", "translate_person"]


def _ref(site: JiraCatalogIndex, kind: Kind, id_: object) -> str:
    return str(Ref(site.desk, kind, str(id_)))


_ROLES = {"agent": "agent", "app": "automation"}
"""Kind of account -> role. Jira tells no licence of an account, so everybody of the company counts as an agent: such
accounts are matched with people of the target, and nobody makes customers of them."""


def translate_person(site: JiraCatalogIndex, body: Mapping[str, Any], *, source: bool = False) -> Translated:
    """Translate an account; an address that it hides is absent, a deactivated one is suspended. `source`: with the role."""
    id_ = str(person_id(body))
    at = f"person[{id_}]"
    record: Record = {
        "ref": _ref(site, Kind.PERSON, id_),
        "name": body.get("displayName") or body.get("name") or body.get("key"),
        "email": body.get("emailAddress"),
        "account": account_kind(body),
        "state": "suspended" if body.get("active") is False else None,
    }
    if source:
        record["role"] = _ROLES.get(account_kind(body), "end_user")
        record["time_zone"] = body.get("timeZone")
        record["locale"] = body.get("locale")
    trace = {
        "accountId": f"{at}.ref",
        "displayName": f"{at}.name",
        **({} if body.get("displayName") else {"name": f"{at}.name"}),
        "emailAddress": f"{at}.email",
        "accountType": f"{at}.account",
        **dict.fromkeys(STRAY, ADDRESS),
    }
    if source:
        trace |= {"timeZone": f"{at}.time_zone", "locale": f"{at}.locale"}
    trace[derived("accountType")] = "the kind of account"
    if body.get("active") is False:
        trace |= {"active": f"{at}.state", derived("active"): "a deactivated account is suspended"}
    else:
        trace["active"] = "=the account is in use"
    return Translated((record,), trace)


def translate_organization(site: JiraCatalogIndex, body: Mapping[str, Any]) -> Translated:
    """Translate an organization."""
    at = f"organization[{body['id']}]"
    record: Record = {"ref": _ref(site, Kind.ORGANIZATION, body["id"]), "name": body.get("name")}
    return Translated((record,), {"id": f"{at}.ref", "name": f"{at}.name"})


def translate_membership(site: JiraCatalogIndex, body: Mapping[str, Any], wire: Wire) -> Translated:
    """Translate a place in an organization."""
    at = f"membership[{wire.ref.id}]"
    record: Record = {
        "ref": str(wire.ref),
        "person": _ref(site, Kind.PERSON, body["accountId"]),
        "organization": _ref(site, Kind.ORGANIZATION, body["organizationId"]),
    }
    return Translated((record,), {"accountId": f"{at}.person", "organizationId": f"{at}.organization"})
