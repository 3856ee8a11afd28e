"""From a service site to an account without projects: forms, projects, components, levels, kinds of people, link types, files of agents."""

from typing import Any

import pytest
from tests.unit.mapping.desks import JIRA, NOW, named

from ticketferry.mapping.drafting.document import draft
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import loads
from ticketferry.mapping.result import Account, MatchState, NoLookups
from ticketferry.sdk.features import Feature

ACCOUNT = frozenset(
    {
        Feature.PUBLIC_AND_INTERNAL, Feature.PEOPLE_CREATED, Feature.LINKS, Feature.ORGANIZATIONS, Feature.GROUPS,
        Feature.COMMENT_AUTHOR, Feature.COMMENT_TIME, Feature.TICKET_TIMES, Feature.PROFILES, Feature.SHARING,
        Feature.FOLLOWERS_ARE_AGENTS, Feature.CLOSED_IS_FINAL,
    }
)  # fmt: skip
DESK: dict[str, Any] = {
    "desk": "globex", "product": "zendesk",
    "statuses": [{"id": name, "name": name, "stage": stage, "category": name} for name, stage in (
        ("new", "new"), ("open", "in_progress"), ("pending", "pending_customer"), ("hold", "on_hold"), ("solved", "resolved"),
        ("closed", "closed"))],
    "priorities": named("low", "normal", "high", "urgent"), "types": named("question", "incident", "problem", "task"),
    "forms": named("Default", "Outage"), "brands": named("Acme", "Billing"),
    "groups": [*named("Support", "Billing"), {"id": "9", "name": "HR", "restricted": True}],
    "link_types": named("problem", "follow_up", "merged"), "fields": [],
}  # fmt: skip
BASE = """version: 1
source: jsm
target: zendesk
type: {Service request: question, Incident: incident, Problem: problem, "*": question}
form: {Report an outage: Outage, "*": Default, none: Default}
status: {"*": open}
projects:
  SUP: {brand: acme, group: support}
  BILL: {brand: Billing, label: "p-{{ name }}"}
components: {Website: {label: web, group: Billing}, "*": {label: "{{ name }}"}}
security: {HR only: {group: HR}, "Everybody's": {group: Support}}
people:
  placeholder: {name: "{{ name }}", email: "x-{{ id | replace(':', '.') }}@placeholder.invalid"}
  other_agents: {as: placeholder, name: "{{ name }} (Jira)"}
  automations: {as: placeholder, name: "{{ name }} (app)"}
links: {types: {Problem/Incident: problem, blocks: keep}}
"""
PEOPLE: dict[str, dict[str, Any]] = {
    "acme:person:1": {"ref": "acme:person:1", "name": "Ann", "email": "ann@shop.example", "role": "end_user"},
    "acme:person:2": {"ref": "acme:person:2", "name": "Bob", "email": "bob@acme.example", "role": "agent"},
    "acme:person:7:3": {"ref": "acme:person:7:3", "name": "Esra", "role": "agent"},
    "acme:person:4": {"ref": "acme:person:4", "name": "Robot", "role": "automation"},
    "acme:ticket:2": {"ref": "acme:ticket:2", "type": "Problem"},
    "acme:ticket:3": {"ref": "acme:ticket:3", "type": "Task"},
}  # fmt: skip


class Directory(NoLookups):
    def record(self, ref: str) -> Any:
        return PEOPLE.get(ref)

    def survivor(self, ref: str) -> str:
        return ref

    def account(self, ref: str) -> Account | None:
        return Account("globex:person:20", "agent", "email") if ref == "acme:person:2" else None

    def ours(self, _ref: str) -> bool:
        return False

    def match_state(self, _ref: str) -> MatchState:
        return MatchState()

    def in_scope(self, _ref: str) -> bool:
        return True

    def ticket(self, _number: str) -> str | None:
        return None


def mapped(text: str = BASE, features: frozenset[Feature] = ACCOUNT, **more: Any) -> Any:
    case = {
        "ref": "acme:ticket:1", "number": "SUP-1", "subject": "s", "status": "Waiting for support", "stage": "in_progress",
        "type": "Incident", "project": "SUP", "requester": "acme:person:1", **more,
    }  # fmt: skip
    return Engine(loads(text, "mapping.yaml"), JIRA, DESK, features, Directory(), NOW).case(case)


def test_a_project_says_brand_group_and_tag_and_a_form_its_own():
    found = mapped(form="Report an outage").record
    assert (found["type"], found["form"], found["brand"], found["group"]) == (
        "incident", "Outage", "Acme", "globex:group:1",
    )  # fmt: skip
    found = mapped(project="BILL").record
    assert (found["form"], found["brand"], found["tags"]) == ("Default", "Billing", ["p-BILL"])
    assert "project" not in found
    assert found["provenance"].get("kept", {}).get("ticket[1].project") is None, "the brand tells it"


def test_a_project_that_is_not_named_is_kept_beside():
    found = mapped(project="OPS").record
    assert found["provenance"]["kept"]["ticket[1].project"] == "OPS"


def test_an_assignee_decides_about_the_group():
    assert "group" not in mapped(assignee="acme:person:2").record


def test_components_become_tags_and_the_later_rule_says_the_group():
    found = mapped(components=["Website", "Shipping lane"]).record
    assert (found["tags"], found["group"]) == (["web", "Shipping lane"], "globex:group:2")


def test_behind_a_level_the_private_group_takes_the_ticket_from_its_assignee():
    found = mapped(security="HR only", assignee="acme:person:2")
    assert (found.record["group"], "assignee" in found.record) == ("globex:group:9", False)
    assert found.record["provenance"]["kept"]["ticket[1].assignee"] == "acme:person:2"
    assert [item.code for item in found.findings] == ["P312"]
    assert found.newly_visible == []


@pytest.mark.parametrize("level", ["Everybody's", "Nobody's"])
def test_a_level_without_a_private_group_is_counted_as_visible_to_more_people(level):
    found = mapped(security=level)
    assert len(found.newly_visible) == 1
    assert level in found.newly_visible[0]


def test_the_check_tells_levels_that_nothing_stands_for():
    text = BASE.replace("HR only: {group: HR}", "HR only: {group: Support}").replace("Outage,", "Outrage,")
    found = lint(loads(text, "mapping.yaml"), JIRA, DESK, ACCOUNT)
    assert "S210" in [item.code for item in found]
    assert any(item.code == "S205" and "Outrage" in item.message for item in found)
    assert "S210" not in [item.code for item in lint(loads(BASE, "mapping.yaml"), JIRA, DESK, ACCOUNT)]


def test_agents_without_an_account_and_apps_get_a_placeholder_of_their_own():
    engine = Engine(loads(BASE, "mapping.yaml"), JIRA, DESK, ACCOUNT, Directory(), NOW)
    esra, robot = (
        engine.person(PEOPLE["acme:person:7:3"]).record,
        engine.person(PEOPLE["acme:person:4"]).record,
    )
    assert (esra["name"], esra["email"]) == ("Esra (Jira)", "x-7.3@placeholder.invalid")
    assert (robot["name"], robot["account"]) == ("Robot (app)", "placeholder")
    for key in ("other_agents", "automations"):
        lines = [line for line in BASE.splitlines(keepends=True) if key not in line]
        engine = Engine(loads("".join(lines), "mapping.yaml"), JIRA, DESK, ACCOUNT, Directory(), NOW)
        ref = "acme:person:7:3" if key == "other_agents" else "acme:person:4"
        assert engine.person(PEOPLE[ref]).record is None


def test_link_types_go_by_their_names_in_letters_of_any_case():
    links = [
        {"type": "Problem/Incident", "to": "acme:ticket:2", "inward": True},
        {"type": "Blocks", "to": "acme:ticket:3"},
        {"type": "Clones", "to": "acme:ticket:3"},
    ]
    found = mapped(links=links)
    assert [(link["type"], link["to"]) for link in found.record["links"]] == [
        ("problem", "acme:ticket:2"), ("Blocks", "acme:ticket:3"),
    ]  # fmt: skip
    assert [item.code for item in found.findings] == ["L401"]


def test_an_incident_of_what_is_no_problem_in_the_target_keeps_its_link_beside():
    found = mapped(links=[{"type": "Problem/Incident", "to": "acme:ticket:3", "inward": True}])
    assert found.record["links"][0]["type"] == "Problem/Incident"
    assert [item.code for item in found.findings] == ["L403"]


def _file(**more: Any) -> dict[str, Any]:
    return {
        "ref": "acme:attachment:5", "ticket": "acme:ticket:1", "name": "a.txt", "size": 1, "sha256": "0" * 64, "state": "stored",
        "created": "2026-01-01T00:00:00Z", "author": "acme:person:2", **more,
    }  # fmt: skip


def test_a_file_that_only_agents_see_hangs_on_an_internal_comment():
    found = mapped(body={"html": "<p>b</p>"}, attachments=[_file(public=False)]).record
    (file,) = found["attachments"]
    comment = next(item for item in found["comments"] if item["ref"] == file["comment"])
    assert (comment["public"], comment["author"]) == (False, "acme:person:2")
    open_ = mapped(body={"html": "<p>b</p>"}, attachments=[_file()]).record
    assert open_["attachments"][0]["comment"] == "acme:comment:1.body"


def test_such_a_file_stays_behind_where_comments_are_public_only():
    found = mapped(features=ACCOUNT - {Feature.PUBLIC_AND_INTERNAL}, attachments=[_file(public=False)])
    assert "attachments" not in found.record
    assert "C301" in [item.code for item in found.findings]


def test_a_draft_reads_stages_out_of_names_and_leaves_levels_to_a_person():
    source = {**JIRA, "statuses": [
        {"id": name, "name": name, "stage": stage, "category": ""} for name, stage in (
            ("Waiting for customer", "in_progress"), ("Pending vendor", "in_progress"), ("Closed", "resolved"), ("Doing", "in_progress"))
    ]}  # fmt: skip
    text = draft(source, DESK).text
    for line in (
        "Waiting for customer: pending",
        "Pending vendor: hold",
        "Closed: closed",
        "Doing: open",
        'HR only: {group: "?"}',
    ):
        assert f"  {line}" in text
    assert loads(text, "draft.yaml").rules.projects["SUP"].label == "sup"
    assert "projects:" not in draft(source, JIRA).text
