"""Who may read the issues of a project, by its permission scheme: what "after" means for tickets that go there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ticketferry.sdk import AuthError, FatalError, RejectedError
from ticketferry.sdk.preflight import PreflightItem
from ticketferry.sdk.preflight_items import failed, proved, unknown

from .client import JsmClient
from .wire import API

__all__ = ["readers_item"]

_WORDS = {
    "anyone": "anybody, without signing in",
    "applicationRole": "everybody with access to {}",
    "sd.customer.portal.only": "customers on the portal, their own requests",
    "projectLead": "the project's lead",
    "reporter": "who reported it",
    "assignee": "who it is assigned to",
    "group": "the group {}",
    "projectRole": "the role {}",
    "user": "one account",
}
"""Type of a holder -> words [P GET /permissionscheme, holder object]."""


def readers_item(client: JsmClient, projects: Sequence[str], where: str) -> PreflightItem:
    """Return who may browse each project, one request each; failed where anybody may without signing in."""
    rows: list[str] = []
    open_: list[str] = []
    unread: list[str] = []
    for key in projects:
        try:
            scheme = client.get(
                f"{API}/project/{key}/permissionscheme", endpoint="project.permissions", params={"expand": "permissions,projectRole,group"}
            )  # fmt: skip
        except (RejectedError, AuthError, FatalError) as error:
            unread.append(f"{key}: {error.message}")
            continue
        holders = list(dict.fromkeys(_holders(scheme or {})))
        rows.append(f"after, in {key}: read by {', '.join(holders) or 'nobody but security levels say'}")
        open_ += [key] if _WORDS["anyone"] in holders else []
    page = f"{where}/secure/admin/ViewPermissionSchemes.jspa"
    figures = {"projects": len(projects), "open to anybody": len(open_)}
    if open_:
        told = f"target: {', '.join(open_)} may be read by anybody who is not signed in"
        remedy = "Take `anyone` out of Browse projects in the permission scheme before tickets go there."
        return failed("PF-ACCESS", told, remedy, page, rows + unread, figures)
    if unread:
        told = f"target: who may read {len(unread)} of {len(projects)} projects cannot be read"
        return unknown("PF-ACCESS", told, "Grant Administer projects.", page, rows + unread, figures)
    told = "target: nobody may read issues without signing in; on the portal a customer sees what is shared with them"
    return proved("PF-ACCESS", told, page=page, rows=rows, figures=figures)


def _holders(scheme: Mapping[str, Any]) -> Iterator[str]:
    for grant in scheme.get("permissions") or ():
        if not isinstance(grant, Mapping) or grant.get("permission") != "BROWSE_PROJECTS":
            continue
        holder = grant.get("holder") or {}
        kind = str(holder.get("type"))
        named = holder.get("projectRole") or holder.get("group") or {}
        name = str(named.get("name") or holder.get("parameter") or "the product")
        yield _WORDS.get(kind, f"{kind} {{}}").format(name)
