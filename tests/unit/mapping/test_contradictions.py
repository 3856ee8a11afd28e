"""A condition that contradicts itself is told as that, and nothing that several values can fulfil is."""

import pytest
from tests.unit.mapping.desks import JIRA, JSM, ZENDESK, mapping

from ticketferry.mapping.apart import contradicts_itself
from ticketferry.mapping.contradictions import contradictions
from ticketferry.mapping.lint import lint
from ticketferry.sdk.contract import Severity

HEAD = "version: 1\nsource: zendesk\ntarget: jsm\nroute: [{when: always, project: SUP, issue_type: Task}]\nstatus: {'*': Resolved}\n"


@pytest.mark.parametrize(
    "condition",
    [
        {"all": [{"status": "open"}, {"status": "closed"}]},
        {"all": [{"brand": ["A", "B"]}, {"brand": "C"}]},
        {"status": "open", "not": {"status": ["open", "new"]}},
        {"all": [{"priority": "absent"}, {"priority": "high"}]},
        {"all": [{"comments": "> 5"}, {"comments": "<= 5"}]},
        {"created_before": "2019-01-01", "created": {"after": "2020-01-01"}},
        {"any": [{"all": [{"form": "A"}, {"form": "B"}]}, {"brand": "x", "not": {"brand": "x"}}]},
    ],
)
def test_what_no_ticket_can_fulfil(condition):
    assert contradicts_itself(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "always",
        {"status": ["open", "closed"]},
        {"all": [{"tag": "a"}, {"tag": "b"}]},
        {"all": [{"requester.tag": "a"}, {"requester.tags": "b"}]},
        {"all": [{"requester.tag": "a"}, {"requester.tag": "b"}]},
        {"all": [{"organization.domain": "a.example"}, {"organization.domain": "b.example"}]},
        {"all": [{"fields.symptoms": "noise"}, {"fields.symptoms": "smoke"}]},
        {"all": [{"comments": "> 5"}, {"comments": "< 9"}]},
        {"any": [{"all": [{"form": "A"}, {"form": "B"}]}, {"form": "A"}]},
        {"subject": {"matches": "a"}, "not": {"subject": {"matches": "b"}}},
    ],
)
def test_what_a_ticket_may_fulfil(condition):
    assert not contradicts_itself(condition)


def test_a_hold_that_can_never_hold_stops_and_a_phase_is_doubted():
    text = HEAD + (
        "phases: [{name: a, where: {all: [{status: open}, {status: closed}]}}, {name: b, where: always}]\n"
        "clean: [{id: hold, when: {all: [{brand: A}, {brand: B}]}, do: keep, unused: ok}]\n"
    )
    found = list(contradictions(mapping(base=text)))
    assert [(row.code, row.severity) for row in found] == [
        ("S226", Severity.BLOCKER),
        ("S226", Severity.DOUBT),
    ]
    assert [row.where.rsplit(":", 2)[1] for row in found] == ["7", "6"]
    assert {row.code for row in lint(mapping(base=text), ZENDESK, JIRA, JSM)} >= {"S226"}
