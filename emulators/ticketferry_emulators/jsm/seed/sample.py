"""A site at work, to try Jira as the old desk: made-up requests of four customers at every step of their life."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC
from typing import Any

from ticketferry_emulators.jsm.models.importer import import_file
from ticketferry_emulators.jsm.models.records import Issue, JiraAccount, JiraAttachment, JiraOrganization
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.models.times import write_time

__all__ = ["fill"]

_CUSTOMERS = ("Noor Vermeer", "Tomás Řehák", "Li Wen", "Grace O'Dell")
_DAY = 86_400.0
_ENDS = (
    ("Waiting for triage", None),
    ("Waiting for support", None),
    ("Waiting for customer", None),
    ("In progress", None),
    ("Pending vendor", None),
    ("Resolved", "Done"),
    ("Canceled", "Won't Do"),
    ("Closed", "Done"),
)
"""Status and resolution at which a request stands. Incidents begin at the second, the others at the first."""
_KINDS = (
    ("SUP", "Service request", "Emailed request", "The parcel has not come"),
    ("BILL", "Service request", "Invoice question", "Invoice shows the wrong amount – 12,50 €"),
    ("SUP", "Incident", "Report an outage", "The shop answers with an error page"),
    ("SUP", "Service request", "Portal request", "Please change our delivery address"),
)


def fill(state: SiteState, count: int) -> None:
    """Make `count` requests, the newest an hour old: by the importer, for authors and times; then what no import file can say."""
    customers = _customers(state)
    agents = [account.id for account in state.accounts.values() if account.agent and not account.admin]
    rows = [_request(state, number, count, customers, agents) for number in range(count)]
    projects = [{"key": key, "issues": [row for name, row in rows if name == key]} for key in ("SUP", "BILL")]
    links = [
        {"name": "Relates", "sourceId": str(number - 4), "destinationId": str(number)}
        for number in range(6, count, 12)
    ]
    report = import_file(state, {"projects": projects, "links": links})
    if report.made or report.strangers or report.refused:
        raise AssertionError(f"the sample does not fit the site: {report}")
    for key in report.issues:
        issue = state.issue(key)
        if issue is not None:
            _complete(state, issue, customers)


def _customers(state: SiteState) -> list[str]:
    number = state.next_id("organization", 1)
    company = JiraOrganization(
        number, str(uuid.uuid5(uuid.NAMESPACE_URL, f"organization:{number}")), "Vermeer & Zonen", state.now()
    )
    state.organizations[company.id] = company
    found: list[str] = []
    for name in _CUSTOMERS:
        id_ = f"qm:{uuid.uuid5(uuid.NAMESPACE_URL, 'site')}:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"
        state.accounts[id_] = JiraAccount(
            id_, name, f"customer{len(found) + 1}@sample-shop.example", kind="customer"
        )
        found.append(id_)
    company.members.extend(found[:2])
    for desk in state.desks.values():
        desk.customers.extend(found)
        desk.organizations.append(company.id)
    return found


def _request(
    state: SiteState, number: int, count: int, customers: list[str], agents: list[str]
) -> tuple[str, dict[str, Any]]:
    project, kind, _, subject = _KINDS[number % len(_KINDS)]
    status, resolution = _ENDS[(number + number // len(_ENDS)) % len(_ENDS)]
    first = _ENDS[0 if kind != "Incident" else 1][0]
    status = first if status == _ENDS[0][0] else status
    made = state.now() - 3_600 - (count - number) * _DAY / 4
    who, agent = customers[number % len(customers)], agents[number % len(agents)]

    def at(hours: float) -> str:
        return write_time(min(made + hours * 3_600, state.now() - 60), UTC)

    comments = [
        (who, 0.2, f"Number {number}: can you tell me *when*?"),
        (agent, 0.5, "We look into it."),
        (agent, 0.6, "INTERNAL: second time this month"),
        (who, 0.8, "Thank you 🙏"),
    ][: 1 + number % 4]
    moved = {"fieldType": "jira", "field": "status", "fromString": first, "toString": status}
    row: dict[str, Any] = {
        "externalId": str(number),
        "issueType": kind,
        "summary": subject,
        "description": f"Good morning,\n\n{subject.lower()}.\n\nKind regards",
        "reporter": who,
        "assignee": agent if number % 3 else None,
        "priority": ("Medium", "High", "Low", "Highest")[number % 4],
        "labels": ["vip"] if number % 5 == 0 else [],
        "status": status,
        "resolution": resolution,
        "created": at(0),
        "updated": at(0.9),
        "comments": [{"author": by, "created": at(hours), "body": text} for by, hours, text in comments],
        "history": [{"author": agent, "created": at(0.9), "items": [moved]}] if status != first else [],
    }
    if number % 6 == 0:
        row["worklogs"] = [
            {"author": agent, "startDate": at(0.7), "timeSpent": "PT30M", "comment": "looked it up"}
        ]
    return project, row


def _complete(state: SiteState, issue: Issue, customers: list[str]) -> None:
    """Say what is internal, then show the request on the portal; a file for every fifth."""
    for comment in issue.comments:
        if "INTERNAL:" in str(comment.body):
            comment.properties["sd.public.comment"] = {"internal": True}
    number = int(issue.external_id)
    if number % 5 == 0:
        id_, content = state.next_id("attachment"), f"order,amount\n{number},12.50\n".encode()
        media = state.media_id(id_)
        state.attachments[id_] = JiraAttachment(
            id_, media, issue.id, f"order-{number}.csv", "text/csv", customers[number % len(customers)],
            issue.created, len(content), hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        state.blobs[media] = content
        issue.attachments.append(id_)
    fields = {known.name: known.id for known in state.fields.values()}
    desk = next(desk for desk in state.desks.values() if desk.project == issue.project)
    wanted = _KINDS[number % len(_KINDS)][2]
    issue.values[fields["Request Type"]] = next(kind.id for kind in desk.request_types if kind.name == wanted)
    if number % 4 < 2:
        issue.values[fields["Organizations"]] = [next(iter(state.organizations))]
    state.reindex(issue)
    state.reveal(issue)
