"""`reject` in the place of a name: such tickets stay out, and nothing holds up the others."""

import pytest
from tests.unit.mapping.desks import JIRA, JSM, ZENDESK, case, engine, mapping

from ticketferry.mapping.lint import lint
from ticketferry.mapping.wording.phrases import told
from ticketferry.sdk.contract import Outcome, Severity

HEAD = "version: 1\nsource: zendesk\ntarget: jsm\n"
ROUTE = "route: [{when: always, project: SUP, issue_type: Task}]\n"
STATUS = 'status: {solved: {to: Resolved, resolution: Done}, "*": Resolved}\n'
OUTCOME = "{by: fields.outcome, values: {fixed: WORD, '*': NAME}, missing: NAME}"


def by(name):
    return OUTCOME.replace("NAME", name)


PLACES = {
    "status": (HEAD + ROUTE + "status: {open: WORD, '*': Resolved}\n", {}),
    "all others": (HEAD + ROUTE + "status: {solved: Resolved, '*': WORD}\n", {}),
    "status by a field": (HEAD + ROUTE + f"status: {{open: {by('Resolved')}, '*': Resolved}}\n", {}),
    "resolution": (HEAD + ROUTE + f"status: {{'*': {{to: Resolved, resolution: {by('Done')}}}}}\n", {}),
    "else": (HEAD + ROUTE + STATUS + "priority: {urgent: {to: High, when: {tag: vip}, else: WORD}, '*': Low}\n", {}),
    "priority": (HEAD + ROUTE + STATUS + "priority: {urgent: WORD, '*': High}\n", {}),
    "type": (HEAD + "route: [{when: always, project: SUP}]\n" + STATUS + "type: {question: WORD, '*': Task}\n", {}),
    "project": (HEAD + f"route: [{{when: always, project: {by('SUP')}, issue_type: Task}}]\n" + STATUS, {}),
    "issue type": (HEAD + f"route: [{{when: always, project: SUP, issue_type: {by('Task')}}}]\n" + STATUS, {}),
    "request type": (HEAD + f"route: [{{when: always, project: SUP, issue_type: Task, request_type: {by('Emailed request')}}}]\n" + STATUS, {}),
    "component": (HEAD + f"route: [{{when: always, project: SUP, issue_type: Task, component: {by('Billing')}}}]\n" + STATUS, {}),
    "channel": (HEAD + ROUTE + STATUS + "channel: {field: Note, values: {web: WORD, '*': other}}\n", {"channel": "web"}),
    "option": (HEAD + ROUTE + STATUS + "fields: [{from: fields.outcome, to: Kind, values: {fixed: WORD, '*': A}}]\n", {}),
    "pattern": (HEAD + ROUTE + STATUS + "fields: [{from: fields.serial, to: Serial no., regex: {find: '^SN', to: ''}, on_miss: WORD}]\n", {"fields": {"serial": "x"}}),
    "all other fields": (HEAD + ROUTE + STATUS + "fields: [{from: fields.serial, to: Serial no.}, {rest: WORD}]\n", {}),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_ticket_is_rejected_with_the_line_and_only_fail_stops_the_plan(place):
    text, more = PLACES[place]
    ticket = case(**{"priority": "urgent", "type": "question", "fields": {"outcome": "fixed"}, **more})
    weights = {}
    for word in ("reject", "fail"):
        mapped = engine(base=text.replace("WORD", word)).case(ticket)
        assert mapped.outcome is Outcome.REJECT, word
        told_ = [item for item in mapped.findings if item.message in mapped.because]
        assert all(item.where for item in told_)
        weights[word] = {item.severity for item in told_}
    assert weights == {"reject": {Severity.DOUBT}, "fail": {Severity.BLOCKER}}
    other = case(
        **{
            **more,
            "priority": "low",
            "type": "task",
            "status": "solved",
            "stage": "resolved",
            "channel": "api",
        }
    )
    other["fields"] = {"serial": "SN1"}
    assert engine(base=text.replace("WORD", "reject")).case(other).outcome is Outcome.CREATE


@pytest.mark.parametrize("place", PLACES)
def test_the_word_is_no_name_that_the_target_lacks(place):
    text = PLACES[place][0].replace("WORD", "reject")
    assert not [
        row.message for row in lint(mapping(base=text), ZENDESK, JIRA, JSM) if "reject" in row.message
    ]


def test_it_is_told_in_words():
    assert told("reject") == "(the ticket is rejected)"
    assert "no plan" in told("fail")
