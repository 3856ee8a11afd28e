"""What a site does by itself, held against a plan: automation rules, SLA clocks, licences, limits, mail."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ticketferry.sdk import AuthError, FatalError, RejectedError, counted
from ticketferry.sdk.preflight import PlannedWrites, PreflightItem
from ticketferry.sdk.preflight_items import Firings, failed, person, predicted, proved, unknown

from .automation_rules import SiteRule, reactions, read_rules
from .catalog import service_desks
from .client import JsmClient
from .options import JsmOptions
from .readers import readers_item
from .wire import API

__all__ = ["SiteInspector"]

_PLAN = "Run `ticketferry preflight PLAN`."
_ASKED = 40
"""Questions whether an agent can be assigned, one each."""
_FIELDS = 700
_NAMES = {"comment": "comments", "attachment": "attachments", "issuelinks": "links"}
"""Names of per-issue limits in the site's report -> what the plan calls them [P GET /issue/limit/report]."""


class SiteInspector:
    """One look at a site."""

    def __init__(self, client: JsmClient, options: JsmOptions) -> None:
        self._client = client
        self._options = options
        self._where = options.where()
        self._fields: list[tuple[str, Any]] = []

    def items(self, planned: PlannedWrites | None) -> Iterator[PreflightItem]:
        """Yield the items."""
        desks = service_desks(self._client, self._options)
        self._fields = self._client.fields()
        projects = {key: str(row["projectId"]) for key, row in desks.items()}
        rules = read_rules(self._client, self._options)
        yield from self._rules(rules, planned, projects)
        yield self._sla(planned)
        page = f"{self._where}/secure/admin/OutgoingMailServers.jspa"
        remedy = "Settings > System > Outgoing mail: off for the time, where the site can do without. It is the strongest guard."
        yield person("PF-MAIL", "no API tells whether the site's outgoing mail is off", remedy, page)
        yield readers_item(self._client, list(projects), self._where)
        yield self._seats(planned, list(projects))
        yield self._limits(planned)

    # ---- automation

    def _rules(
        self, rules: list[SiteRule] | str, planned: PlannedWrites | None, projects: Mapping[str, str]
    ) -> Iterator[PreflightItem]:
        page = f"{self._where}/jira/settings/automation"
        if isinstance(rules, str):
            remedy = "Project settings > Automation: look at every rule that reacts to issues, comments or transitions, and pause it."
            yield person("PF-RULES", rules, remedy, page)
            yield person("PF-REOPEN", rules, "Pause rules that reopen an issue on a comment.", page)
            return
        timed = [rule for rule in rules if rule.timed]
        reacting = [rule for rule in rules if not rule.timed and not rule.by_hand]
        if timed:
            told = f"{_rules_that(len(timed), 'run')} by the clock; what of the new issues they take their JQL decides"
            names = [rule.name for rule in timed]
            yield person("PF-TIMED", told, "Look at their JQL, or pause them.", page, names)
        else:
            yield proved("PF-TIMED", "no enabled rule runs by the clock")
        yield _reacting(reacting, planned, projects, page)
        yield _reopening(reacting, planned, projects, page)

    # ---- SLA

    def _sla(self, planned: PlannedWrites | None) -> PreflightItem:
        names = [str(row.get("name", "?")) for kind, row in self._fields if kind == "sd-sla-field"]
        if not names:
            return proved("PF-SLA", "the site has no SLA clocks")
        clocks = f"{counted(len(names), 'clock')} ({', '.join(names[:3])}{' …' if len(names) > 3 else ''})"
        remedy = (
            "Give each SLA a start condition that leaves out the migration's label (project settings > SLAs)."
        )
        if planned is None:
            told = f"{clocks}: each starts by itself on a new issue; no API shows a goal"
            return unknown("PF-SLA", told, _PLAN)
        made, filed = planned.endpoints.get("issue.create", 0), planned.endpoints.get("import.issue", 0)
        figures = {
            "clocks": len(names),
            "made now": made,
            "back-dated": filed,
            "breached at creation at most": filed * len(names),
        }
        if not filed:
            told = f"0 goals are breached at creation: {counted(made, 'issue')} are created now, and {clocks} count from then on"
            return proved("PF-SLA", told, rows=(remedy,), figures=figures)
        told = f"{counted(filed, 'issue')} of an import file are back-dated: each of {clocks} may be breached when it is born; no API shows a goal"
        return person("PF-SLA", told, remedy, figures=figures)

    # ---- seats

    def _seats(self, planned: PlannedWrites | None, projects: Sequence[str]) -> PreflightItem:
        page = "https://admin.atlassian.com"
        try:
            rows = self._client.get(f"{API}/applicationrole", endpoint="license.roles") or []
        except (RejectedError, AuthError, FatalError) as error:
            return unknown(
                "PF-SEATS", f"licences cannot be read: {error.message}", "Grant Administer Jira.", page
            )
        rows = rows if isinstance(rows, list) else []
        role = next((row for row in rows if row.get("key") == "jira-servicedesk"), None)
        if role is None:
            told = "the site has no licence of Jira Service Management"
            return failed("PF-SEATS", told, "Buy or start one.", page)
        figures = {"in use": int(role.get("userCount") or 0)}
        told = f"{figures['in use']:,} licences are in use, without limit"
        if not role.get("hasUnlimitedSeats"):
            figures |= {
                "bought": int(role.get("numberOfSeats") or 0),
                "left": int(role.get("remainingSeats") or 0),
            }
            told = f"{figures['in use']:,} of {figures['bought']:,} licences are in use, {figures['left']:,} are left"
        if planned is None:
            return proved("PF-SEATS", told, figures=figures)
        agents, made = list(planned.agents()), planned.made("person")
        figures |= {"agents": len(agents), "portal customers made": made, "licences needed": 0}
        told += f"; the plan needs none: {counted(made, 'account')} it makes are portal customers, {counted(len(agents), 'agent')} are there already"
        unfit, asked = self._unassignable(agents, projects)
        figures |= {"cannot be assigned": len(unfit), "asked for": asked}
        if unfit:
            remedy = (
                "Give each a licence and the role Service Desk Team in the project, or map them to nobody."
            )
            told += f"; {len(unfit)} of them cannot be assigned issues"
            return failed("PF-SEATS", told, remedy, page, unfit, figures)
        if asked < len(agents) * len(projects):
            told += f" (asked for the first {asked})"
        return proved("PF-SEATS", told, page=page, figures=figures)

    def _unassignable(
        self, agents: Sequence[tuple[str, object]], projects: Sequence[str]
    ) -> tuple[list[str], int]:
        """Ask Jira of each agent and project; return who cannot be assigned, and how many questions it took."""
        unfit: list[str] = []
        asked = 0
        for name, account in agents:
            for project in projects:
                if asked == _ASKED:
                    return unfit, asked
                asked += 1
                params = {"project": project, "accountId": str(getattr(account, "id", ""))}
                try:
                    found = self._client.get(
                        f"{API}/user/assignable/search", endpoint="user.assignable", params=params
                    )
                except RejectedError as error:
                    unfit.append(f"{name} in {project}: {error.message}")
                    continue
                if not found:
                    unfit.append(f"{name} cannot be assigned in {project}")
        return unfit, asked

    # ---- limits

    def _limits(self, planned: PlannedWrites | None) -> PreflightItem:
        page = "https://support.atlassian.com/jira-cloud-administration/docs/data-limits-and-guardrails"
        fields = sum(str(row.get("id", "")).startswith("customfield_") for _, row in self._fields)
        made = planned.endpoints.get("field.create", 0) if planned is not None else 0
        rows = [
            f"{fields + made:,} custom fields on the site; a project takes {_FIELDS} [DOC data-limits-and-guardrails]"
        ]
        over = []
        limits = self._issue_limits()
        most = planned.largest() if planned is not None else {}
        for name, limit in limits.items():
            held = most.get(_NAMES.get(name, ""), 0)
            rows.append(
                f"{name}: {limit:,} an issue"
                + (f", the plan's largest has {held:,}" if name in _NAMES and planned is not None else "")
            )
            if held > limit:
                over.append(f"{held:,} {_NAMES[name]} on one ticket, and Jira takes {limit:,}")
        figures = {"custom fields": fields + made, **{f"most {name}": count for name, count in most.items()}}
        if over:
            remedy = "Leave the rest out by a rule, or keep it beside."
            return failed("PF-LIMITS", "; ".join(over), remedy, page, rows, figures)
        if fields + made > _FIELDS:
            told = f"{fields + made:,} custom fields are more than the {_FIELDS} that a project takes: no API counts those of one project"
            remedy = "Look at the project's field configuration scheme."
            return person("PF-LIMITS", told, remedy, page, rows, figures)
        told = "nothing of the plan is over a limit" if planned is not None else "the site's limits were read"
        return proved("PF-LIMITS", told, page=page, rows=rows, figures=figures)

    def _issue_limits(self) -> dict[str, int]:
        """Return the site's own limits for one issue, the documented ones where it does not tell."""
        try:
            told = self._client.get(f"{API}/issue/limit/report", endpoint="issue.limits") or {}
        except (RejectedError, AuthError, FatalError):
            told = {}
        found = told.get("limits") if isinstance(told, dict) else None
        if not isinstance(found, dict) or not found:
            return {"comment": 5_000, "attachment": 2_000, "issuelinks": 2_000, "worklog": 10_000}
        return {str(name): int(limit) for name, limit in found.items() if isinstance(limit, int)}


def _reacting(
    rules: Sequence[SiteRule], planned: PlannedWrites | None, projects: Mapping[str, str], page: str
) -> PreflightItem:
    figures = {"enabled": len(rules)}
    if not rules:
        return proved("PF-RULES", "no enabled automation rule reacts to issues", figures=figures)
    if planned is None:
        rows = [f"{rule.name}: {rule.trigger or 'trigger not read'}" for rule in rules]
        told = f"{counted(len(rules), 'enabled rule')}; a plan tells how often each would react"
        return unknown("PF-RULES", told, _PLAN, page, rows, figures)
    writes, filed = planned.by_project(), planned.endpoints.get("import.issue", 0)
    unsaid = f"whether {counted(filed, 'issue')} of an import file set rules off Atlassian does not document"
    found = [
        Firings(rule.name, *reactions(rule, writes, projects), "its conditions are not worked out")
        for rule in rules
    ]
    remedy = "Pause these rules for the time, or give each the condition that issues with the migration's label are left out."
    return predicted(
        "PF-RULES", found, figures, f"of {counted(len(rules), 'enabled rule')} predicted", remedy, page, noun="reactions",
        beside=[unsaid] if filed else (),
    )  # fmt: skip


def _reopening(
    rules: Sequence[SiteRule], planned: PlannedWrites | None, projects: Mapping[str, str], page: str
) -> PreflightItem:
    moving = [
        rule for rule in rules if (rule.moves and rule.trigger.endswith(":commented")) or not rule.trigger
    ]
    if not moving:
        return proved("PF-REOPEN", "no enabled rule moves an issue when it is commented")
    names = [rule.name for rule in moving]
    told = f"{_rules_that(len(moving), 'move')} an issue when it is commented"
    if planned is None:
        return unknown("PF-REOPEN", told, _PLAN, page, names)
    most = sum(reactions(rule, planned.by_project(), projects)[1] for rule in moving)
    make, remedy = (failed, "Pause them for the time of the apply.") if most else (proved, "")
    told += f": at most {most:,} times"
    return make("PF-REOPEN", told, remedy, page, names, {"moves at most": most})


def _rules_that(count: int, verb: str) -> str:
    return f"{counted(count, 'enabled rule')} {verb}{'s' if count == 1 else ''}"
