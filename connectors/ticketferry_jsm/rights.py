"""What the account must be allowed to do: by the documents' word for each write, and by fields that a right of their own guards."""

from collections.abc import Iterator, Mapping, Sequence

from ticketferry.sdk import Finding, Severity

from .client import JsmClient
from .endpoints import ENDPOINTS, GUARD_COMMENTS, GUARDS
from .wire import API

__all__ = ["comments_of_others", "missing_rights"]

_AGENT = ("SERVICEDESK_AGENT",)
_READ = ("BROWSE_PROJECTS",)

_OWN: Mapping[str, str] = {
    "EDIT_ALL_COMMENTS": "EDIT_OWN_COMMENTS",
    "DELETE_ALL_COMMENTS": "DELETE_OWN_COMMENTS",
    "DELETE_ALL_ATTACHMENTS": "DELETE_OWN_ATTACHMENTS",
    "DELETE_ALL_WORKLOGS": "DELETE_OWN_WORKLOGS",
}
"""Right for everybody's records -> the one for one's own, which does for what the API made; an import file brings other authors."""
_OF_FIELDS = ("MODIFY_REPORTER", "ASSIGN_ISSUES", "RESOLVE_ISSUES", "SET_ISSUE_SECURITY")
"""Rights for single fields, which no operation names [support "Permissions for company-managed projects"]."""
_WHY = {
    "BROWSE_PROJECTS": "read issues",
    "CREATE_ISSUES": "create issues",
    "EDIT_ISSUES": "edit issues",
    "MODIFY_REPORTER": "set the reporter",
    "ASSIGN_ISSUES": "assign issues",
    "TRANSITION_ISSUES": "move issues through the workflow",
    "RESOLVE_ISSUES": "set resolutions",
    "LINK_ISSUES": "link issues",
    "ADD_COMMENTS": "comment",
    "EDIT_ALL_COMMENTS": "hide, mark and edit comments",
    "DELETE_ALL_COMMENTS": "take back comments",
    "CREATE_ATTACHMENTS": "attach files",
    "DELETE_ALL_ATTACHMENTS": "take back files",
    "DELETE_ISSUES": "take back issues",
    "ADMINISTER_PROJECTS": "put customers on the desk, edit without notifying (notifyUsers=false)",
    "MANAGE_WATCHERS": "set watchers, where the mapping gives followers",
    "WORK_ON_ISSUES": "write worklogs, where tickets have some",
    "DELETE_ALL_WORKLOGS": "take back worklogs, where tickets have some",
    "SET_ISSUE_SECURITY": "set security levels, where the mapping gives some",
    "ADMINISTER": "create customers, read notification schemes",
    "BULK_CHANGE": "take back issues in bulk",
}
_GLOBAL = ("ADMINISTER", "BULK_CHANGE")
_SOMETIMES = ("MANAGE_WATCHERS", "WORK_ON_ISSUES", "DELETE_ALL_WORKLOGS", "SET_ISSUE_SECURITY")
"""What only some mappings need: a doubt, where the others block."""


def missing_rights(client: JsmClient, keys: Sequence[str], *, written: bool = True) -> Iterator[Finding]:
    """Yield what the account lacks, globally and in each project; of a site that is only read, what reading takes."""
    if not written:
        for key in keys:
            lacking = _lacking(client, [*_READ, *_AGENT], key)
            yield from _told([name for name in lacking if name in _READ], key, Severity.BLOCKER)
            yield from _no_agent(lacking, key)
        return
    wanted = list(dict.fromkeys([*(name for endpoint in ENDPOINTS for name in endpoint.needs), *_OF_FIELDS]))
    always = [name for name in wanted if name not in (*_GLOBAL, *_SOMETIMES, *_AGENT)]
    yield from _told(_lacking(client, _GLOBAL, None), None, Severity.BLOCKER)
    others: list[str] = []
    for key in keys:
        lacking = _lacking(client, [*always, *_SOMETIMES, *_AGENT, *_OWN.values()], key)
        own = [name for name in lacking if name in _OWN and _OWN[name] not in lacking]
        blocking = [name for name in lacking if name in always and name not in own]
        yield from _told(blocking, key, Severity.BLOCKER)
        weaker = [name for name in lacking if name in _SOMETIMES and name not in own]
        yield from _told([*weaker, *(name for name in own if name.startswith("DELETE"))], key, Severity.DOUBT)
        others += [key] if "EDIT_ALL_COMMENTS" in lacking else []
        yield from _no_agent(lacking, key)
    yield _guard(others)


def _no_agent(lacking: Sequence[str], key: str) -> Iterator[Finding]:
    if set(_AGENT) & set(lacking):
        yield Finding.blocker(
            "JSM-ROLE", key, f"the account is no agent of {key}",
            "Give it a Jira Service Management licence and the project role Service Desk Team (Agent in a team-managed project); "
            "site admin is not enough.",
        )  # fmt: skip


def comments_of_others(client: JsmClient, keys: Sequence[str]) -> Finding:
    """Return the guard of what an import file brings: whether the account may edit comments that others wrote."""
    return _guard([key for key in keys if _lacking(client, ["EDIT_ALL_COMMENTS"], key)])


def _guard(lacking: Sequence[str]) -> Finding:
    where = "comments of others"
    if not lacking:
        return Finding.info(GUARD_COMMENTS, where, "the account may edit all comments")
    return Finding.doubt(
        GUARD_COMMENTS, where,
        f"the account lacks EDIT_ALL_COMMENTS in {', '.join(lacking)}: it cannot hide what an import file brings; by the API alone it needs"
        " no more than EDIT_OWN_COMMENTS",
        next(guard.remedy for guard in GUARDS if guard.code == GUARD_COMMENTS), len(lacking),
    )  # fmt: skip


def _told(lacking: Sequence[str], project: str | None, severity: Severity) -> Iterator[Finding]:
    if lacking:
        names = ", ".join(f"{name} ({_WHY[name]})" for name in lacking)
        yield Finding(
            "JSM-RIGHT", severity, None, project or "global permissions", f"the account lacks {names}",
            "Grant the permissions in the project's permission scheme or the global permissions.", len(lacking),
        )  # fmt: skip


def _lacking(client: JsmClient, names: Sequence[str], project: str | None) -> list[str]:
    params: dict[str, str] = {"permissions": ",".join(names)}
    if project:
        params["projectKey"] = project
    rows = client.get(f"{API}/mypermissions", endpoint="mypermissions", params=params)["permissions"]
    return [name for name in names if not (rows.get(name) or {}).get("havePermission")]
