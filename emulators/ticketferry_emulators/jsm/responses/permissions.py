"""The permission scheme of a project, as far as it says who may browse it."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import missing
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_TEAM = {"id": 10101, "name": "Service Desk Team"}


def scheme_of_project(state: SiteState, call: Call) -> Answer:
    """GET /project/{project}/permissionscheme: its team and its customers; anybody where it was opened (`SiteState.open_projects`)."""
    project = state.project(call.params["project"])
    if project is None:
        raise missing("No project could be found with key.")
    holders: list[dict[str, Any]] = [
        {"type": "projectRole", "parameter": "10101", "value": "10101"},
        {"type": "sd.customer.portal.only"},
    ]
    if project.key in state.open_projects:
        holders.append({"type": "anyone"})
    if "projectRole" in (call.query.get("expand") or ""):
        holders[0]["projectRole"] = {
            "self": f"{state.base_url}/rest/api/3/project/{project.id}/role/10101",
            **_TEAM,
        }
    base = f"{state.base_url}/rest/api/3/permissionscheme/10500"
    body: dict[str, Any] = {"id": 10500, "self": base, "name": "Service desk", "description": ""}
    if call.query.get("expand"):
        body["permissions"] = [
            {
                "id": number,
                "self": f"{base}/permission/{number}",
                "holder": holder,
                "permission": "BROWSE_PROJECTS",
            }
            for number, holder in enumerate(holders, 10_600)
        ]
    return Answer(200, body)


ROUTES = [
    Route(
        "GET",
        "/rest/api/3/project/{project}/permissionscheme",
        scheme_of_project,
        "project.permissions",
        "catalog",
    )
]
