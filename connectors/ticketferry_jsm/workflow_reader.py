"""Workflows as planning needs them: who leads where, what each step's screen and validators ask for, what waits for an approval."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ticketferry.sdk import RejectedError, TransitionDef, WorkflowDef
from ticketferry.sdk.rest.client import RestList
from ticketferry.sdk.rest.paginators import OffsetPages
from ticketferry.sdk.rest.requests import RestRequest

from .client import JsmClient
from .wire import API

__all__ = ["WorkflowReader", "read_pages"]

_SIZE = 50
_APPROVALS = frozenset(
    {
        "system:jsd-approvals-block-until-approved",
        "system:jsd-approvals-block-until-rejected",
        "system:block-in-progress-approval",
    }
)
_NOBODY = "system:restrict-from-all-users"
_VALIDATOR = "system:validate-field-value"
"""Keys of workflow rules [P GET /workflows/capabilities]."""


def read_pages(client: JsmClient, *, whole: bool) -> Iterator[Mapping[str, Any]]:
    """Yield the pages of `GET /workflows/search`: workflows as `values`, the statuses that they name beside them [P].

    `whole`: with transitions. It took the place of `/workflow/search`, which was removed in June 2026.
    """
    params = {"expand": "values.transitions"} if whole else {}
    pages = OffsetPages("startAt", "maxResults", _SIZE, at="startAt", last="isLast", total="total")
    listed = RestList(
        RestRequest(f"{API}/workflows/search", params), "values", "workflow.search", pages, "catalog"
    )
    for page in client.pages(listed):
        yield page.body


class WorkflowReader:
    """Reads workflows, each once. `keys`: id of a custom field -> key of the catalog."""

    def __init__(self, client: JsmClient, keys: Mapping[str, str]) -> None:
        self._client = client
        self._keys = keys
        self._screens: dict[str, list[str]] = {}
        self._asked: dict[str, list[str]] = {}
        self._own: dict[str, WorkflowDef] = {}
        self._named: dict[str, WorkflowDef] = {}
        for page in read_pages(client, whole=True):
            names = _names(page)
            for row in page.get("values") or []:
                if (row.get("scope") or {}).get("type") != "PROJECT":
                    self._named[str(row["name"])] = self._workflow(row, names)

    def named(self, name: str) -> WorkflowDef | None:
        """Find a workflow of company-managed projects."""
        return self._named.get(name)

    def of_type(self, project: str, type_: str) -> WorkflowDef | None:
        """Read the workflow of an issue type of a team-managed project by both their ids [P POST /workflows]."""
        body = {"projectAndIssueTypes": [{"projectId": project, "issueTypeId": type_}]}
        found = (
            self._client.question(f"{API}/workflows", body, endpoint="workflow.read", group="catalog") or {}
        )
        names = _names(found)
        for row in found.get("workflows") or []:
            if str(row["id"]) not in self._own:
                self._own[str(row["id"])] = self._workflow(row, names)
            return self._own[str(row["id"])]
        return None

    def every(self) -> list[WorkflowDef]:
        """Return all that were read."""
        return [*self._named.values(), *self._own.values()]

    def asked(self, workflow: WorkflowDef | None, *, but: Collection[str]) -> list[str]:
        """Return what the validators of a new issue ask for besides: no create metadata shows those [field notes]."""
        return [key for key in self._asked.get(workflow["id"] if workflow else "", []) if key not in but]

    def _workflow(self, row: Mapping[str, Any], names: Mapping[str, str]) -> WorkflowDef:
        transitions: list[TransitionDef] = []
        initial = ""
        approvals = _approvals(row)
        for item in row.get("transitions") or []:
            target = names.get(str(item.get("toStatusReference", "")), "")
            if item.get("type") == "INITIAL":
                initial = target
                self._asked[str(row["id"])] = self._required(item)
                continue
            if not target:
                continue
            made: TransitionDef = {"id": str(item["id"]), "name": str(item["name"]), "to": target}
            links = item.get("links") or []
            sources = [names[ref] for link in links if (ref := str(link.get("fromStatusReference"))) in names]
            if sources:
                made["sources"] = sources
            screen = ((item.get("transitionScreen") or {}).get("parameters") or {}).get("screenId")
            fields = self._screen(screen)
            if fields:
                made["fields"] = fields
            # A resolution that stands on a screen must be chosen there.
            required = [*(["resolution"] if "resolution" in fields else []), *self._required(item)]
            if required:
                made["required"] = list(dict.fromkeys(required))
            rules = set(_rules(item.get("conditions")))
            if rules & _APPROVALS or str(item["id"]) in approvals:
                made["blocked"] = "an approval"
            elif _NOBODY in rules:
                made["blocked"] = "a condition that lets nobody through"
            transitions.append(made)
        return {
            "id": str(row["id"]),
            "name": str(row["name"]),
            "initial": initial,
            "statuses": [names.get(str(item["statusReference"]), "") for item in row.get("statuses") or []],
            "transitions": transitions,
        }

    def _required(self, transition: Mapping[str, Any]) -> list[str]:
        found: list[str] = []
        for rule in transition.get("validators") or []:
            asked = rule.get("parameters") or {}
            if rule.get("ruleKey") == _VALIDATOR and asked.get("ruleType") == "fieldRequired":
                ids = str(asked.get("fieldsRequired") or "").split(",")
                found.extend(self._keys.get(id_.strip(), id_.strip()) for id_ in ids if id_.strip())
        return found

    def _screen(self, screen: object) -> list[str]:
        id_ = str(screen or "")
        if not id_:
            return []
        if id_ not in self._screens:
            path = f"{API}/screens/{id_}/tabs"
            try:
                tabs = self._client.get(path, endpoint="screen.tabs", group="catalog") or []
            except RejectedError as error:
                if error.status != 404:
                    raise
                tabs = []  # a team-managed project's own screen stands in no list
            fields: list[str] = []
            for tab in tabs:
                inner = f"{path}/{tab['id']}/fields"
                rows = self._client.get(inner, endpoint="screen.fields", group="catalog") or []
                fields.extend(self._keys.get(str(row["id"]), str(row["id"])) for row in rows)
            self._screens[id_] = fields
        return self._screens[id_]


def _names(page: Mapping[str, Any]) -> dict[str, str]:
    return {str(row["statusReference"]): str(row["name"]) for row in page.get("statuses") or []}


def _approvals(workflow: Mapping[str, Any]) -> set[str]:
    """Return the transitions that only the answer to an approval takes [P ApprovalConfiguration]."""
    found: set[str] = set()
    for status in workflow.get("statuses") or []:
        step = status.get("approvalConfiguration") or {}
        if str(step.get("active")).lower() == "true":
            found |= {str(step.get("transitionApproved")), str(step.get("transitionRejected"))}
    return found


def _rules(group: Any) -> Iterator[str]:
    """Yield the keys of the rules of a group of conditions that must all hold; one of several ways is none that blocks."""
    if not isinstance(group, Mapping):
        return
    parts = [*(group.get("conditions") or []), *(group.get("conditionGroups") or [])]
    if group.get("operation") == "ANY" and len(parts) > 1:
        return
    for rule in group.get("conditions") or []:
        yield str(rule.get("ruleKey", ""))
    for inner in group.get("conditionGroups") or []:
        yield from _rules(inner)
