"""Which screens show the fields of a project's tickets: where a new field has to be put.

Project -> issue type screen scheme -> screen scheme of each issue type -> screens for creating, editing and looking [P].
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.sdk import Json, RejectedError

from .client import JsmClient
from .wire import API

__all__ = ["read_screens"]

_ASKED = ("create", "edit", "view")


def read_screens(client: JsmClient, projects: Mapping[str, Iterable[str]]) -> dict[str, Json]:
    """Return project id -> [[screen, its first tab], …]. `projects`: id -> ids of its issue types; a project that its team manages has none.

    Only an administrator may read them; without the right there are none, and a plan that needs one says so.
    """
    try:
        return _Reader(client).read(projects) if projects else {}
    except RejectedError as error:
        if error.status in (401, 403, 404):
            return {}
        raise


class _Reader:
    def __init__(self, client: JsmClient) -> None:
        self._client = client
        self._tabs: dict[str, str | None] = {}

    def read(self, projects: Mapping[str, Iterable[str]]) -> dict[str, Json]:
        of_project = self._rows("issuetypescreenscheme/project", projectId=list(projects))
        schemes = {
            str(id_): str(row["issueTypeScreenScheme"]["id"])
            for row in of_project
            for id_ in row.get("projectIds") or ()
        }
        if not schemes:
            return {}
        by_type: dict[str, dict[str, str]] = {}
        for row in self._rows(
            "issuetypescreenscheme/mapping", issueTypeScreenSchemeId=sorted(set(schemes.values()), key=int)
        ):
            of_scheme = by_type.setdefault(str(row["issueTypeScreenSchemeId"]), {})
            of_scheme[str(row["issueTypeId"])] = str(row["screenSchemeId"])
        ids = sorted({id_ for rows in by_type.values() for id_ in rows.values()}, key=int)
        screens = {
            str(row["id"]): _screens_of(row.get("screens") or {})
            for row in self._rows("screenscheme", id=ids)
        }
        found: dict[str, Json] = {}
        for project, types in projects.items():
            rows = by_type.get(schemes.get(project, ""), {})
            used = {rows.get(type_, rows.get("default", "")) for type_ in types}
            shown = sorted({id_ for scheme in used for id_ in screens.get(scheme, ())}, key=int)
            tabs: list[Json] = [[screen, tab] for screen in shown if (tab := self._tab(screen)) is not None]
            if tabs:
                found[project] = tabs
        return found

    def _rows(self, path: str, **params: list[str]) -> list[Any]:
        return list(self._client.every(f"{API}/{path}", endpoint=f"setup.{path}", params=dict(params)))

    def _tab(self, screen: str) -> str | None:
        """Return the first tab of a screen: where people look first."""
        if screen not in self._tabs:
            rows = (
                self._client.get(f"{API}/screens/{screen}/tabs", endpoint="screen.tabs", group="catalog")
                or []
            )
            self._tabs[screen] = str(rows[0]["id"]) if rows else None
        return self._tabs[screen]


def _screens_of(types: Mapping[str, Any]) -> set[str]:
    """Return the screens of a scheme; what it does not name is the default one."""
    named = {str(types.get(kind) or types.get("default") or "") for kind in _ASKED}
    return named - {""}
