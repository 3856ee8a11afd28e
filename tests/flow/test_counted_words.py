"""Words of a mapping that count in the whole desk: who asks in how many tickets, how often a tag is used."""

import os
from unittest import mock

import pytest
from tests.flow.changing_desks import TO_JIRA, Changing
from tests.flow.migrations import DESK, MAPPING, write_desk, write_project
from tests.flow.plans_twice import compared
from tests.flow.test_plan_from_the_last import change

from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.project.explain import explain
from ticketferry.project.planning import open_planning
from ticketferry.schema.refs import Kind, Ref
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock

TAGS = MAPPING + 'tags: {keep_if_used: 3, merge: {broken: [kaputt, "Defekt"]}, spaces: "-", case: lower}\n'


@pytest.fixture
def jira():
    with JsmEmulator(clock=ManualClock()).serve() as served, mock.patch.dict(os.environ, served.credentials):
        yield served


def plan_of(project):
    stages.extract(project)
    plan = stages.make_plan(project)
    rows = {row.root: row for row in plan.changes()}
    plan.close()
    return rows


def customers(tmp_path, jira, when):
    changing = Changing(tmp_path, 0, jira)
    path = changing.root / "mapping.yaml"
    text = changing.mappings[0].replace("create: portal_only", "create: portal_only, when: " + when)
    path.write_text(text)
    return changing


def ends(project, numbers):
    planning = project.planning()
    records = {number: planning.source_record(person(number)) for number in numbers}
    return {
        number: (planning.engine.person(record).record or {}).get("account")
        for number, record in records.items()
    }


def person(number):
    return Ref(DESK, Kind.PERSON, str(number))


def ticket(number):
    return Ref(DESK, Kind.TICKET, str(number))


def test_customers_who_ask_in_fewer_tickets_get_no_account_as_the_mapping_says(tmp_path, jira):
    """A user: `customers.when: {tickets: ">= 3"}` stands in my mapping, and all 131,204 customers are to be created."""
    changing = customers(tmp_path, jira, '{tickets: ">= 3"}')
    # All nine are person 1's to work on. Of them person 2 asks in 4 and 8, person 3 in 1, 5 and 9, person 4 in 2 and 6, person 5 in 3 and 7.
    with changing.project() as project:
        rows = plan_of(project)
        assert ends(project, (2, 3, 4, 5)) == {
            2: "placeholder",
            3: "customer",
            4: "placeholder",
            5: "placeholder",
        }
        assert rows[f"{DESK}:person:2"].outcome == "create"
        (made, *_) = explain(project, "person:2").operations
        assert made.body["email"] == "former-2@placeholder.example"


def test_nobody_asks_who_stands_for_customers_whom_no_ticket_names(tmp_path, jira):
    """A user: everybody who never wrote to us is listed as a doubt, since `when: {tickets: ">= 1"}` leaves them behind as I want it."""
    changing = customers(tmp_path, jira, '{tickets: ">= 3"}')
    path = changing.root / "mapping.yaml"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "placeholder:" not in line))
    changing.desk.put(
        "person", 77, {"name": "Never Wrote", "role": "end_user", "state": "active", "email": "n@x.example"}
    )
    with changing.project() as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        doubts = {row.subject for row in plan.findings("code = 'P311'")}
        change = plan.change(f"{DESK}:person:77")
        assert (change.outcome, "people.customers" in change.because) == ("skip", True)
        # Persons 2, 4 and 5 ask in fewer tickets: there it is asked who stands for them.
        assert {f"{DESK}:ticket:{number}" for number in (2, 3, 4)} <= {str(ref) for ref in doubts}
        assert f"{DESK}:person:77" not in {str(ref) for ref in doubts}
        assert [row for row in explain(project, "person:77").findings if row["code"] == "P311"] == []


def test_spam_and_deleted_tickets_count_for_nobody(tmp_path, jira):
    changing = customers(tmp_path, jira, '{tickets: ">= 2"}')
    changing.desk.ticket(8, 9, stage="spam")
    changing.desk.ticket(7, 9, stage="deleted")
    with changing.project() as project:
        plan_of(project)
        assert ends(project, (2, 3, 4, 5)) == {
            2: "placeholder",
            3: "customer",
            4: "customer",
            5: "placeholder",
        }


def test_whoever_is_copied_in_or_follows_is_named_and_counts_once_a_ticket(tmp_path, jira):
    changing = customers(tmp_path, jira, '{tickets: ">= 3"}')
    two = f"{DESK}:person:2"
    changing.desk.ticket(8, 9, ccs=[two], followers=[two], submitter=two)
    assert_same = {2: "placeholder", 3: "customer", 4: "placeholder", 5: "placeholder"}
    with changing.project() as project:
        plan_of(project)
        assert ends(project, (2, 3, 4, 5)) == assert_same
        changing.desk.ticket(7, 9, ccs=[two])
        plan_of(project)
        assert ends(project, (2, 3, 4, 5)) == {**assert_same, 2: "customer"}


@pytest.mark.parametrize("when", ['{tickets: ">= 1"}', '{tickets: "> 0"}', "{not: {tag: x}}"])
def test_what_holds_of_everybody_whom_a_ticket_names_needs_no_count(tmp_path, jira, when):
    changing = customers(tmp_path, jira, when)
    with changing.project() as project:
        plan_of(project)
        assert ends(project, (2, 3)) == {2: "customer", 3: "customer"}
    assert not (changing.root / "counts").exists()


def test_a_decision_of_the_mapping_is_no_doubt_of_each_person(tmp_path, jira):
    """A user: 131,204 people ask in one ticket each, as I decided, and my plan has 131,204 doubts."""
    changing = customers(tmp_path, jira, '{tickets: ">= 3"}')
    path = changing.root / "mapping.yaml"
    lines = [line for line in path.read_text().splitlines() if "placeholder" not in line]
    path.write_text("\n".join(lines) + "\n")
    with changing.project() as project:
        rows = plan_of(project)
        assert rows[f"{DESK}:person:2"].because.startswith("people.customers.when mapping.yaml:")
        told = explain(project, "person:2")
        assert told.findings == ()


def test_those_who_are_one_count_together(tmp_path, jira):
    changing = customers(tmp_path, jira, '{tickets: ">= 4"}')
    decisions = changing.root / "decisions"
    decisions.mkdir()
    (decisions / "people.csv").write_text(f"ref,decision\n{DESK}:person:4,{DESK}:person:5\n")
    with changing.project() as project:
        plan_of(project)
        assert ends(project, (2, 3, 5)) == {2: "placeholder", 3: "placeholder", 5: "customer"}


def test_a_ticket_more_makes_an_account_of_a_placeholder_also_where_the_plan_goes_on_from_the_last(
    tmp_path, jira
):
    changing = customers(tmp_path, jira, '{tickets: ">= 3"}')
    with compared() as told, changing.project() as project:
        plan_of(project)
        changing.desk.ticket(3, 9, requester=f"{DESK}:person:2")
        plan_of(project)
        assert ends(project, (2,)) == {2: "customer"}
    assert told == {"from nothing": 1, "from the last": 1}


def test_an_organization_that_too_few_belong_to_is_left_behind(tmp_path, jira):
    changing = Changing(tmp_path, 0, jira)
    for condition, left in (
        ("{users: 0}", {"2"}),
        ('{users: "<= 5"}', {"1", "2"}),
        ('{users: "< 5"}', {"2"}),
        ("{tickets: 9}", set()),
    ):
        text = changing.mappings[0].replace(
            "share: as_source", f"share: as_source, drop: {{when: {condition}}}"
        )
        (changing.root / "mapping.yaml").write_text(text)
        with changing.project() as project:
            stages.extract(project)
            planning = project.planning()
            dropped = set()
            for number in (1, 2):
                record = planning.source_record(Ref(DESK, Kind.ORGANIZATION, str(number)))
                if "organizations.drop" in str(
                    planning.engine.organization(record).fates["organization[]"].by
                ):
                    dropped.add(str(number))
            assert dropped == left, condition


def tagged(tmp_path, tags):
    desk = write_desk(tmp_path / "src", 6)
    for number, own in tags.items():
        desk.ticket(number, 6, tags=own)
    return desk, write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "dest", mapping=TAGS)


def test_tags_on_too_few_tickets_are_dropped_and_the_plan_says_why(tmp_path):
    tags = {
        1: ["Seldom", "often"],
        2: ["often", "kaputt"],
        3: ["often", "broken", "Broken"],
        4: ["DEFEKT"],
        5: ["seldom"],
        6: [],
    }
    _, root = tagged(tmp_path, tags)
    with Project.load(root) as project:
        plan_of(project)
        planning = project.planning()
        kept = {}
        for number in range(1, 7):
            record = planning.source_record(ticket(number))
            kept[number] = planning.case(record).record.get("tags")
        # `broken` is on 2, 3 and 4 under four names, and counts once a ticket.
        assert kept == {
            1: ["often"],
            2: ["often", "broken"],
            3: ["often", "broken"],
            4: ["broken"],
            5: None,
            6: None,
        }
        told = explain(project, "ticket:1")
        (leaf,) = [leaf for leaf in told.leaves if leaf.value == "Seldom"]
        assert leaf.disposition == "dropped_by_rule"
        assert "tags.keep_if_used mapping.yaml:" in leaf.rule
        assert "used on fewer than 3 tickets" in leaf.rule


def test_a_rare_tag_of_which_a_rule_makes_a_value_is_wanted(tmp_path):
    _, root = tagged(tmp_path, {1: ["VIP", "rare"], 2: [], 3: [], 4: [], 5: [], 6: []})
    path = root / "mapping.yaml"
    rule = "  - {from: tags, to: Flag, values: {vip: Very important}}\n  - {rest: keep_in_provenance}"
    path.write_text(path.read_text().replace("  - {rest: keep_in_provenance}", rule))
    with Project.load(root) as project:
        plan_of(project)
        planning = project.planning()
        made = planning.case(planning.source_record(ticket(1))).record
        assert made["fields"]["Flag"] in ("Very important", ["Very important"])
        assert made["tags"] == ["vip"]


def test_phases_and_ranges_do_not_change_what_counts(tmp_path):
    """Ticket 4 is urgent, and alone in its phase: its tag is on three tickets of the desk, and stays."""
    tags = {number: ["x"] if number in (2, 3, 4) else [] for number in range(1, 7)}
    _, root = tagged(tmp_path, tags)
    with Project.load(root) as project:
        stages.extract(project)
        plan = stages.make_plan(project, Scope("pilot"))
        assert plan.count() > 0
        plan.close()
        planning = open_planning(project, Scope("pilot"))
        assert planning.case(planning.source_record(ticket(4))).record["tags"] == ["x"]
        planning.close()


def test_a_tag_that_becomes_frequent_comes_back_to_all_its_tickets_in_a_plan_from_the_last(tmp_path):
    desk, root = tagged(tmp_path, {number: ["x"] if number < 3 else [] for number in range(1, 7)})
    with compared() as told, Project.load(root) as project:
        plan_of(project)
        desk.ticket(5, 6, tags=["X"])
        plan_of(project)
        planning = project.planning()
        for number in (1, 2, 5):
            record = planning.source_record(ticket(number))
            assert planning.case(record).record["tags"] == ["x"]
    assert told == {"from nothing": 1, "from the last": 1}


def test_a_mapping_that_counts_nothing_makes_no_file(tmp_path):
    write_desk(tmp_path / "src", 6)
    root = write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "dest")
    with Project.load(root) as project:
        plan_of(project)
    assert not (root / "counts").exists()


@pytest.mark.parametrize("seed", [3, 11])
def test_whatever_changes_a_plan_from_the_last_counts_as_one_from_nothing(seed, tmp_path, jira):
    with mock.patch("tests.flow.changing_desks.TO_JIRA", TO_JIRA[1:]):
        change(seed, tmp_path, jira)
