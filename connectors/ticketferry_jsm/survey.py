"""What a site tells of itself beside its issues: counts by JQL, why a number has no issue, and what is rebuilt by hand."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ticketferry.sdk import Absence, ControlTotal, NotMoved, RejectedError, pause
from ticketferry.sdk.survey import Month, months

from .site_reader import SiteReader
from .wire import API, DESK_API, STAGES, neutral_time
from .workflow_reader import read_pages

__all__ = ["FRESH", "LOOKED_AT", "SiteSurvey"]

_ASKED = 100
LOOKED_AT = 50
"""Issues whose properties are listed: one request each, there is no list of a site's properties [P]."""
_OURS = ("ticketferry.", "proforma.forms")
FRESH = 30.0
"""A new issue may answer 404 for this many seconds [field notes]."""
_UNLISTED = (
    (
        "automation rules",
        "project and global automation",
        "exported as JSON in project settings > automation",
    ),
    (
        "customer notification rules",
        "ten for each desk, with their texts",
        "project settings > customer notifications",
    ),
    ("SLA goals and calendars", "the goals behind each SLA", "project settings > SLAs"),
    ("portal groups, announcements, e-mail channels", "the portal's own settings", "project settings"),
    (
        "details of customers and organizations",
        "the detail fields of each customer and organization",
        "customers > export, as a CSV file; they belong to the API of Customer Service Management",
    ),
    ("canned responses", "texts that agents insert", "project settings > canned responses"),
)
"""What no API lists [field notes LZ-07]: kind, what it holds, where a person finds it."""


class SiteSurvey:
    """Asks a site about itself. `looked_at`: issues whose properties are listed."""

    def __init__(self, site: SiteReader, *, looked_at: int = LOOKED_AT) -> None:
        self._site = site
        self.client = site.client
        self.session = site.session
        self._waited = False
        self._looked_at = looked_at

    # ---- totals

    def totals(self) -> Iterator[ControlTotal]:
        """Count by stage and month of creation. Jira says itself that it only estimates [P POST /search/approximate-count]."""
        yield self._count("", "")
        stages = self._stages()
        for stage in stages:
            yield self._count(stage, "", stages[stage])
        for month, begin, end in self._months():
            for stage in stages:
                yield self._count(stage, month, stages[stage], begin, end)

    def extent(self) -> tuple[list[str], list[str]]:
        """Ask what `totals` begins with; return the stages and the months that it will go through."""
        return list(self._stages()), [month for month, _, _ in self._months()]

    def count_all(self) -> int:
        """Return how many issues take part, as the site estimates it."""
        return self._count("", "").count

    def _stages(self) -> dict[str, str]:
        """Return stage -> JQL clause. Statuses are named by id: names and categories are in the site's language."""
        ids: dict[str, list[str]] = {}
        for row in self.client.get(f"{API}/status", endpoint="status.list", group="catalog") or []:
            key = str((row.get("statusCategory") or {}).get("key", ""))
            ids.setdefault(STAGES.get(key, "in_progress"), []).append(str(row["id"]))
        return {stage: f"status in ({', '.join(found)})" for stage, found in sorted(ids.items())}

    def _months(self) -> Iterator[Month]:
        """Yield the months from the oldest issue to now, in UTC."""
        jql = f"{self._site.jql()} ORDER BY created ASC"
        listed = self.client.searched(jql, endpoint="search.jql", size=1, fields=("created",))
        rows = self.client.page(listed).rows
        told = neutral_time(rows[0]["fields"].get("created")) if rows else None
        oldest = datetime.fromisoformat(told) if told else None
        yield from months(oldest, self.session.clock.time())

    def _count(
        self,
        stage: str,
        month: str,
        clause: str = "",
        begin: datetime | None = None,
        end: datetime | None = None,
    ) -> ControlTotal:
        parts = [self._site.jql(), clause]
        if begin is not None and end is not None:
            parts += [f'created >= "{self._site.at(begin)}"', f'created < "{self._site.at(end)}"']
        jql = " AND ".join(part for part in parts if part)
        where = f"POST /search/approximate-count {jql}"
        return ControlTotal(self.client.counted(jql), where, stage, month, exact=False)

    # ---- gaps

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, Absence]:
        """Say what Jira can say of numbers (`SUP-12`) without an issue.

        An issue that moved answers under its new key. One that answers nothing is deleted or hidden, and Jira tells both in
        the same words: where the project has no security levels and we may browse it nothing can hide from us, so it is
        gone for good or lies in the archive, which searches leave out; elsewhere nobody can say. The archive's own list is for
        administrators, comes as a file by mail, and asking for it is a write [P PUT /issues/archive/export]: a person looks.
        """
        found: dict[str, Absence] = {}
        absent = self._look(numbers, found)
        if absent and not self._waited:
            # What is asked about was given out before the first question: by now none of it is fresh any more.
            self._waited = True
            pause(self.session.clock, FRESH, "Jira does not show fresh issues at once")
            absent = self._look(absent, found)
        open_: dict[str, bool] = {}
        for number in absent:
            project = number.rpartition("-")[0]
            if project not in open_:
                open_[project] = self._all_visible(project)
            found[number] = Absence.PURGED_OR_ARCHIVED if open_[project] else Absence.UNKNOWN
        return found

    def _look(self, numbers: Sequence[str], found: dict[str, Absence]) -> list[str]:
        """Note which of the numbers answer under another key; return those that do not answer at all."""
        absent: list[str] = []
        for start in range(0, len(numbers), _ASKED):
            part = numbers[start : start + _ASKED]
            there = [str(row["key"]) for row in self.client.issues(part, ["project"])]
            others = len([key for key in there if key not in part])
            for number in part:
                if number in there:
                    continue
                # The answer does not say which question an issue under another key belongs to: then each is asked alone.
                if others and self._moved(number):
                    found[number] = Absence.MOVED
                else:
                    absent.append(number)
        return absent

    def _moved(self, number: str) -> bool:
        try:
            row = self.client.issue(number, "project")
        except RejectedError:
            return False
        return str(row.get("key")) != number

    def _all_visible(self, project: str) -> bool:
        try:
            levels = self.client.get(f"{API}/project/{project}/securitylevel", endpoint="project.levels")
        except RejectedError as error:
            if error.status != 404:
                return False
            levels = {}
        if (levels or {}).get("levels"):
            return False
        params = {"permissions": "BROWSE_PROJECTS,SERVICEDESK_AGENT", "projectKey": project}
        try:
            rows = self.client.get(f"{API}/mypermissions", endpoint="mypermissions", params=params)
        except RejectedError:
            return False
        return all(row.get("havePermission") for row in rows["permissions"].values())

    # ---- what is rebuilt by hand

    def inventory(self) -> Iterator[NotMoved]:
        """List queues, SLAs, fields of Assets, properties of apps and workflows, and name what no API lists."""
        desks = self._site.desks()
        for key, desk in desks.items():
            path = f"{DESK_API}/servicedesk/{desk['id']}/queue"
            for row in self.client.desk_rows(path, endpoint="queue.list", params={"includeCount": "true"}):
                yield NotMoved(
                    "queue",
                    str(row["id"]),
                    f"{key}: {row.get('name', '?')}",
                    used=row.get("issueCount"),
                    used_when="issues in it now",
                    note=str(row.get("jql") or ""),
                )
        for kind, row in self.client.fields():
            if kind == "sd-sla-field":
                note = "its clocks are read as facts of each ticket; no API writes a clock or shows a goal"
                yield NotMoved("SLA", str(row["id"]), str(row.get("name", "?")), note=note)
        yield from self._assets()
        yield from self._of_apps()
        yield from self._workflows(desks)
        for what, name, place in _UNLISTED:
            yield NotMoved(what, "*", name, note=f"no API lists them: {place}")

    def _assets(self) -> Iterator[NotMoved]:
        """List the fields of Assets objects: an issue names objects by id, their labels are told by the API of Assets alone."""
        for kind, row in self.client.fields():
            if kind != "cmdb-object-cftype":
                continue
            number = str(row["id"]).removeprefix("customfield_")
            found = self.client.counted(f"{self._site.jql()} AND cf[{number}] is not EMPTY")
            yield NotMoved(
                "asset field", str(row["id"]), str(row.get("name", "?")), used=found, used_when="issues",
                note="objects go along by their ids; their labels and attributes are exported from Assets",
            )  # fmt: skip

    def _of_apps(self) -> Iterator[NotMoved]:
        """List the properties that apps have put on the newest issues, by key and count."""
        jql = f"{self._site.jql()} ORDER BY created DESC"
        issues = self.client.search(jql, self._looked_at, fields=("id",)).get("issues") or []
        keys: Counter[str] = Counter()
        for issue in issues:
            path = f"{API}/issue/{issue['id']}/properties"
            try:
                found = self.client.get(path, endpoint="issue.properties", group="issue.read") or {}
            except RejectedError:
                continue
            keys.update({str(row["key"]) for row in found.get("keys") or []})
        for key, count in sorted(keys.items()):
            if not key.startswith(_OURS):
                yield NotMoved(
                    "property of an app", key, key, used=count, used_when=f"of the newest {len(issues)} issues",
                    note="an app's own data on issues; what it means only the app knows: see its export",
                )  # fmt: skip

    def _workflows(self, desks: Mapping[str, Mapping[str, Any]]) -> Iterator[NotMoved]:
        """List the workflows that projects which take part go through; the list itself does not tell of projects."""
        used: dict[str, list[str]] = {}
        for key, desk in sorted(desks.items()):
            params = {"projectId": str(desk["projectId"])}
            found = self.client.get(
                f"{API}/workflowscheme/project", endpoint="workflow_scheme.get", params=params
            )
            for row in (found or {}).get("values") or []:
                scheme = row.get("workflowScheme") or {}
                mapped = scheme.get("issueTypeMappings") or {}
                for name in {str(scheme.get("defaultWorkflow", "")), *map(str, mapped.values())}:
                    used.setdefault(name, []).append(key)
        for page in read_pages(self.client, whole=False):
            for row in page.get("values") or []:
                scope = row.get("scope") or {}
                owner = str((scope.get("project") or {}).get("id", ""))
                keys = [key for key, desk in sorted(desks.items()) if str(desk["projectId"]) == owner]
                if scope.get("type") != "PROJECT":
                    keys = used.get(str(row["name"]), [])
                if keys:
                    note = f"of {', '.join(keys)}; validators, conditions and post functions are made anew"
                    yield NotMoved("workflow", str(row["id"]), str(row["name"]), note=note)
