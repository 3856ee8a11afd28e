"""The Automation API of a site: its rules, for accounts with an API token; OAuth apps cannot ask it [DOC automation/rest, rule management]."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.jsm.exceptions import missing, refused
from ticketferry_emulators.jsm.models.rule_events import presets
from ticketferry_emulators.jsm.models.settings import AutomationRule
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.oauth import JiraAuthenticator
from ticketferry_emulators.jsm.responses.paging import number
from ticketferry_emulators.kit.app import Answer, Call, Route

__all__ = ["ROUTES"]

_MOST = 100


def _rules(state: SiteState, call: Call) -> list[AutomationRule]:
    if call.headers.get("authorization", "").lower().startswith("bearer"):
        raise refused(403, "Forge and OAuth2 apps cannot access this REST resource.")
    if call.params["cloud"] != JiraAuthenticator(state).cloud_id:
        raise missing("There is no such site.")
    if "ADMINISTER" in state.lacking.get(call.account or "", ()):
        raise refused(403, "You do not have permission to view rules.")
    return [*presets(state), *state.automated.rules]


def _shown(state: SiteState, call: Call, rule: AutomationRule) -> dict[str, Any]:
    site = f"ari:cloud:jira:{call.params['cloud']}"
    scopes = [f"{site}:project/{project}" for project in rule.projects] or [
        f"ari:cloud:jira::site/{call.params['cloud']}"
    ]
    who = next(iter(state.accounts))
    return {
        "uuid": rule.uuid, "name": rule.name, "description": "", "state": "ENABLED" if rule.enabled else "DISABLED", "labels": [],
        "ruleScopeARIs": scopes, "actorAccountId": who, "authorAccountId": who, "created": 1743568964.174, "updated": 1743568964.174,
    }  # fmt: skip


def summaries(state: SiteState, call: Call) -> Answer:
    """GET /rule/summary: all rules, by cursor."""
    rules = _rules(state, call)
    start, size = int(call.query.get("cursor") or 0), number(call, "limit", 50, most=_MOST)
    links = {"self": f"?cursor={start}&limit={size}", "next": None, "prev": None}
    if start + size < len(rules):
        links["next"] = f"?cursor={start + size}&limit={size}"
    return Answer(
        200, {"links": links, "data": [_shown(state, call, rule) for rule in rules[start : start + size]]}
    )


def show(state: SiteState, call: Call) -> Answer:
    """GET /rule/{uuid}: one rule with what starts it and what it does."""
    rule = next((rule for rule in _rules(state, call) if rule.uuid == call.params["uuid"]), None)
    if rule is None:
        raise missing("There is no such rule.")
    trigger = {"component": "TRIGGER", "type": rule.trigger, "schemaVersion": 1, "value": {}}
    return Answer(
        200,
        {
            "rule": {**_shown(state, call, rule), "trigger": trigger, "components": rule.components},
            "connections": [],
        },
    )


_BASE = "/gateway/api/automation/public/jira/{cloud}/rest/v1/rule"
ROUTES = [
    Route("GET", f"{_BASE}/summary", summaries, "automation.list", "catalog"),
    Route("GET", f"{_BASE}/{{uuid}}", show, "automation.get", "catalog"),
]
