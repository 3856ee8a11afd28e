"""Operations that Atlassian's document marks as deprecated: gone, as the product takes them away, but for those that are listed."""

from __future__ import annotations

from ticketferry_emulators.jsm.exceptions import collection
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES", "STILL_SERVED"]

STILL_SERVED = {
    ("GET", "/rest/api/3/priority"): "answered in November 2026; public clients list priorities by it",
    ("GET", "/rest/api/3/project"): "answered in November 2026; public clients list projects by it",
    (
        "GET",
        "/rest/api/3/resolution",
    ): "still served in October 2026 [field notes]; public clients list resolutions by it",
}
"""Deprecated operations that the emulator serves all the same, each with its reason. No connector may use one."""

_CHANGES = {
    "/search": "Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at "
    "https://developer.atlassian.com/changelog/#CHANGE-2046",
    "/workflow/search": "Please migrate to the /rest/api/3/workflows/search API. See "
    "https://developer.atlassian.com/cloud/jira/platform/changelog/#CHANGE-2569",
}

_GONE = (
    ("POST", "/expression/eval"),
    ("GET", "/field/{field}/contexts"),
    ("GET", "/fieldconfiguration"),
    ("POST", "/fieldconfiguration"),
    ("DELETE", "/fieldconfiguration/{id}"),
    ("PUT", "/fieldconfiguration/{id}"),
    ("GET", "/fieldconfiguration/{id}/fields"),
    ("PUT", "/fieldconfiguration/{id}/fields"),
    ("GET", "/fieldconfigurationscheme"),
    ("POST", "/fieldconfigurationscheme"),
    ("GET", "/fieldconfigurationscheme/mapping"),
    ("GET", "/fieldconfigurationscheme/project"),
    ("PUT", "/fieldconfigurationscheme/project"),
    ("DELETE", "/fieldconfigurationscheme/{id}"),
    ("PUT", "/fieldconfigurationscheme/{id}"),
    ("PUT", "/fieldconfigurationscheme/{id}/mapping"),
    ("POST", "/fieldconfigurationscheme/{id}/mapping/delete"),
    ("GET", "/group"),
    ("GET", "/issue/createmeta"),
    ("PUT", "/mypreferences/locale"),
    ("POST", "/priority"),
    ("GET", "/priority/search"),
    ("PUT", "/priority/{id}"),
    ("GET", "/search"),
    ("POST", "/search"),
    ("DELETE", "/version/{id}"),
    ("GET", "/workflow"),
    ("POST", "/workflow"),
    ("GET", "/workflow/search"),
    ("DELETE", "/workflow/transitions/{id}/properties"),
    ("GET", "/workflow/transitions/{id}/properties"),
    ("POST", "/workflow/transitions/{id}/properties"),
    ("PUT", "/workflow/transitions/{id}/properties"),
)
"""`deprecated: true` in the platform's document of March 2026; the service desk's marks none."""


def gone(state: SiteState, call: Call) -> Answer:
    """410: deprecated in the document, refused here whatever the day on which the product takes it away."""
    way = "/" + call.path.split("/", 4)[4]
    more = _CHANGES.get(way, "See https://developer.atlassian.com/cloud/jira/platform/changelog/")
    return Answer(410, collection(f"The requested API has been removed. {more}"))


ROUTES = [
    Route(method, f"/rest/api/3{path}", gone, f"removed{path}", "read", write=method != "GET")
    for method, path in _GONE
]
