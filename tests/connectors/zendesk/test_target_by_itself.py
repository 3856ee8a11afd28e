"""What Zendesk does to tickets by itself when they are made: declared, and taken for nobody's edit."""

import httpx
import pytest
from tests.connectors.zendesk.targets import AGENT, CUSTOMER, GROUP, ORGANIZATION, migration
from tests.connectors.zendesk.test_target_round_trip import TICKET
from tests.connectors.zendesk.test_target_sending import ticket

from ticketferry.sdk import Severity
from ticketferry.testing.comparing import differences


@pytest.fixture
def m():
    with migration(imports_inherit=True) as found:
        found.create(
            {"ref": ORGANIZATION, "name": "Müller & Söhne", "tags": ["premium"], "group": GROUP},
        )
        found.create(
            {"ref": CUSTOMER, "name": "M", "email": "m@customers.example", "account": "customer",
             "organizations": [ORGANIZATION], "tags": ["manager"]},
        )  # fmt: skip
        yield found


def made(**more):
    record = ticket(1, organization=ORGANIZATION, tags=["own"], **more)
    for key in ("group", "assignee"):
        record.pop(key, None)
    return record


def test_tags_and_group_that_a_ticket_gets_by_itself_are_no_difference(m):
    compiled, _ = m.create(made())
    there = m.case(TICKET).ticket
    assert there["tags"] == ["manager", "own", "premium"]
    assert str(there["group_id"]) == m.driver.slots[GROUP]["id"]
    seen = m.check(compiled, TICKET)
    assert seen["tags"] == ["own"]
    assert "group" not in seen


def test_what_somebody_does_later_is_seen_all_the_same(m):
    compiled, _ = m.create(made())
    other = next(
        row["id"] for row in m.state.lists["groups"].values() if str(row["id"]) != m.driver.slots[GROUP]["id"]
    )
    m.emulator.clock.advance(100)
    number = int(m.driver.slots[TICKET]["id"])
    m.state.touch_ticket(number, tags=["manager", "own", "premium", "theirs"], group_id=other)
    found = differences(compiled.expected, m.driver.read(TICKET))
    assert set(found) == {"tags", "group"}


def test_a_tag_that_the_record_has_as_well_stays_its_own(m):
    record = made()
    record["tags"] = ["own", "manager"]
    compiled, _ = m.create(record)
    assert sorted(m.check(compiled, TICKET)["tags"]) == ["manager", "own"]


def test_the_check_tells_that_tickets_get_tags_by_themselves(m):
    assert "ZD-TAGS-001" in {finding.code for finding in m.target.check()}
    m.state.settings["active_features"]["user_tagging"] = False
    assert "ZD-TAGS-001" not in {finding.code for finding in m.target.check()}


def test_a_ticket_that_is_made_gets_tags_and_group_of_whom_it_is_from(m):
    names = m.emulator.credentials
    answer = httpx.post(
        f"{m.emulator.base_url}/api/v2/tickets",
        json={"ticket": {"requester_id": int(m.driver.slots[CUSTOMER]["id"]), "comment": {"body": "x"}, "tags": ["t"]}},
        auth=(f"{names['ZENDESK_EMAIL']}/token", names["ZENDESK_TOKEN"]),
    )  # fmt: skip
    made = answer.json()["ticket"]
    assert made["tags"] == ["manager", "premium", "t"]
    assert str(made["group_id"]) == m.driver.slots[GROUP]["id"]


# ---- the native rules of tickets [support 4408894213018]


def taken_on(**more):
    return ticket(1, status="new", stage="new", assignee=AGENT, **more)


def test_an_assigned_new_ticket_is_open_before_and_after_its_next_update(m):
    compiled, _ = m.create(taken_on())
    seen = m.check(compiled, TICKET)
    assert (seen["status"], seen["stage"]) == ("open", "in_progress")
    told = next(finding for finding in compiled.findings if finding.code == "ZD-OPEN")
    assert told.severity is Severity.REPAIR
    assert seen["provenance"]["unplaced"]["status"] == "new"
    number = int(m.driver.slots[TICKET]["id"])
    agents_note(m, number)
    assert m.case(TICKET).ticket["status"] == "open"
    assert set(differences(compiled.expected, m.driver.read(TICKET))) == {
        f"comments[new:comment:{m.comments(TICKET)[-1]['id']}]"
    }


def test_the_stand_in_opens_an_assigned_new_ticket_at_its_next_update(m):
    m.state.imports_inherit = False
    number = m.driver.slots[CUSTOMER]["id"]
    sent = {"requester_id": int(number), "assignee_id": int(m.driver.slots[AGENT]["id"]), "status": "new",
            "comments": [{"value": "hello", "created_at": "2024-01-01T00:00:00Z"}]}  # fmt: skip
    made = call(m, "POST", "imports/tickets", {"ticket": sent})["ticket"]
    assert made["status"] == "new"
    agents_note(m, made["id"])
    assert m.state.case(made["id"]).ticket["status"] == "open"


def test_an_update_of_an_assigned_new_ticket_expects_it_open(m):
    """A ticket that an older version imported as New, or that somebody made so."""
    m.state.imports_inherit = False
    m.create(taken_on())
    number = int(m.driver.slots[TICKET]["id"])
    case = m.state.case(number)
    case.ticket.update({"status": "new", "custom_status_id": None})
    m.state.keep(case)
    compiled, _ = m.update(taken_on(subject="Another"), "subject")
    assert m.check(compiled, TICKET)["status"] == "open"


def test_the_only_member_of_a_group_is_nobodys_choice(m):
    group = alone(m)
    compiled, _ = m.create(ticket(1, status="new", stage="new", group=GROUP))
    row = m.case(TICKET).ticket
    assert (row["group_id"], row["status"]) == (group, "open")
    assert row["assignee_id"] is not None
    seen = m.check(compiled, TICKET)
    assert (seen["status"], seen["stage"]) == ("new", "new")
    assert "assignee" not in seen


def test_an_agent_who_takes_such_a_ticket_on_is_seen(m):
    alone(m)
    compiled, _ = m.create(ticket(1, status="new", stage="new", group=GROUP))
    other = next(
        row["id"]
        for row in m.state.lists["users"].values()
        if row["role"] == "admin" and row["id"] != m.case(TICKET).ticket["assignee_id"]
    )
    m.emulator.clock.advance(100)
    m.state.touch_ticket(int(m.driver.slots[TICKET]["id"]), assignee_id=other, status="pending")
    assert set(differences(compiled.expected, m.driver.read(TICKET))) == {"assignee", "status", "stage"}


def test_a_solved_ticket_that_nobody_had_gets_the_account_that_imports_and_that_is_no_difference(m):
    assert m.state.settings["tickets"]["assign_tickets_upon_solve"]
    compiled, _ = m.create(made(status="solved", stage="resolved"))
    assert m.case(TICKET).ticket["assignee_id"] is not None
    assert "assignee" not in m.check(compiled, TICKET)
    assert "ZD-ASSIGN-001" in {finding.code for finding in m.target.check()}
    m.state.settings["tickets"]["assign_tickets_upon_solve"] = False
    assert "ZD-ASSIGN-001" not in {finding.code for finding in m.target.check()}


def alone(m):
    """Leave one agent in the group; returns its number."""
    group = int(m.driver.slots[GROUP]["id"])
    rows = m.state.lists["group_memberships"]
    for key in [key for key, row in rows.items() if row["group_id"] == group][1:]:
        del rows[key]
    return group


def call(m, method, path, body):
    names = m.emulator.credentials
    answer = httpx.request(
        method, f"{m.emulator.base_url}/api/v2/{path}", json=body,
        auth=(f"{names['ZENDESK_EMAIL']}/token", names["ZENDESK_TOKEN"]),
    )  # fmt: skip
    assert answer.is_success, answer.text
    return answer.json()


def agents_note(m, number):
    """What an agent, or a trigger, adds later."""
    m.emulator.clock.advance(100)
    call(m, "PUT", f"tickets/{number}", {"ticket": {"comment": {"body": "note", "public": False}}})
